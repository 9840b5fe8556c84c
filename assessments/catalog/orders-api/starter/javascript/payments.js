/**
 * The payment provider's client. Read-only.
 *
 * The provider is another company's service, at the address in PAYMENTS_URL. Each call takes a while, and the provider
 * keeps books of its own: who calls it twice has charged twice.
 */
import http from "node:http";

const ADDRESS = process.env.PAYMENTS_URL ?? "http://127.0.0.1:9000";
const MILLISECONDS = 10_000;

/** Reserves `amount` cents for a new order. Resolves to a reference such as 'charge-9f2c41d07b'. */
export async function authorise(customerId, amount, currency) {
  return call("/charges", { customer_id: customerId, amount, currency });
}

/** Takes the money that was reserved under `charge`. Resolves to a reference such as 'receipt-51b07e22c8'. */
export async function capture(charge) {
  return call("/receipts", { charge });
}

function call(path, body) {
  const options = { method: "POST", timeout: MILLISECONDS, headers: { "Content-Type": "application/json" } };
  return new Promise((resolve, reject) => {
    const request = http.request(ADDRESS + path, options, async (answer) => {
      let text = "";
      for await (const part of answer.setEncoding("utf8")) text += part;
      if (answer.statusCode === 201) resolve(JSON.parse(text).reference);
      else reject(new Error(`The payment provider answered ${answer.statusCode}.`));
    });
    request.on("timeout", () => request.destroy(new Error("The payment provider did not answer.")));
    request.on("error", reject);
    request.end(JSON.stringify(body));
  });
}
