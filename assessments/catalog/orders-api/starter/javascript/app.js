// The orders service. It works as long as nothing goes wrong.
import { STATUS_CODES } from "node:http";

import express from "express";

import * as payments from "./payments.js";

const app = express();
app.disable("x-powered-by");
app.disable("etag"); // Express would make weak ones of its own; here they are up to you.
app.use(express.json({ strict: false })); // strict: objects and lists only

const orders = new Map();

/** Throw it, and the error handler at the end answers with it. */
class Problem extends Error {
  constructor(status) {
    super(STATUS_CODES[status]);
    this.status = status;
  }
}

app.get("/health", (request, response) => {
  response.json({ status: "ok" });
});

app
  .route("/orders")
  .get(answer(listOrders))
  .post(answer(createOrder))
  .all(methodNotAllowed("GET, HEAD, POST"));

app
  .route("/orders/:id")
  .get(answer(getOrder))
  .patch(answer(changeOrder))
  .all(methodNotAllowed("GET, HEAD, PATCH"));

async function createOrder(request, response) {
  const body = request.body;
  const total = body.items.reduce((sum, item) => sum + item.quantity * item.unit_price, 0);
  const order = {
    id: String(orders.size + 1),
    customer_id: body.customer_id,
    currency: body.currency,
    items: body.items,
    note: body.note ?? null,
    status: "pending",
    total,
    charge: await payments.authorise(body.customer_id, total, body.currency),
    receipt: null,
  };
  orders.set(order.id, order);
  response.status(201).location(`/orders/${order.id}`).json(order);
}

async function getOrder(request, response) {
  const order = orders.get(request.params.id);
  if (order === undefined) throw new Problem(404);
  response.json(order);
}

async function changeOrder(request, response) {
  const order = orders.get(request.params.id);
  if (order === undefined) throw new Problem(404);
  Object.assign(order, request.body);
  if (order.status === "paid") order.receipt = await payments.capture(order.charge);
  response.json(order);
}

async function listOrders(request, response) {
  response.json({ data: [...orders.values()], next_cursor: null });
}

/** Brings what an async function throws to the error handler. */
function answer(handler) {
  return (request, response, next) => handler(request, response).catch(next);
}

function methodNotAllowed(allowed) {
  return (request, response) => {
    response.set("Allow", allowed);
    throw new Problem(405);
  };
}

app.use(() => {
  throw new Problem(404);
});

// Express knows an error handler by its four parameters. Errors of express.json have a status, too.
app.use((error, request, response, next) => {
  const status = error.status ?? 500;
  if (status === 500) console.error(error);
  const body = { type: "about:blank", title: STATUS_CODES[status], status };
  response.status(status).type("application/problem+json").send(JSON.stringify(body));
});

app.listen(Number(process.env.PORT ?? 8000), "127.0.0.1");
