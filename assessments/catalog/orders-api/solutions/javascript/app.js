// The orders service: what HTTP says and expects. The rules of orders are in orders.js, of bodies in validation.js.
import { createHmac, randomBytes } from "node:crypto";
import { STATUS_CODES } from "node:http";

import express from "express";

import { ForbiddenTransition, KeyReused, Orders, StaleVersion } from "./orders.js";
import * as validation from "./validation.js";

const app = express();
app.disable("x-powered-by");
app.disable("etag"); // Ours name versions and are strong.
app.use(express.text({ type: () => true, limit: "1mb" }));

const orders = new Orders();
const cursorSecret = randomBytes(32);

/** An error answer; `extra` joins the body. */
class Refused extends Error {
  constructor(status, detail, extra = {}) {
    super(detail);
    this.status = status;
    this.extra = extra;
  }
}

/** The answer to an error that the order's rules raise. */
function refusal(error) {
  if (error instanceof KeyReused) return new Refused(409, "This Idempotency-Key was used for another request.");
  if (error instanceof StaleVersion) return new Refused(412, "The order has changed; read it again.");
  if (error instanceof ForbiddenTransition) return new Refused(409, "The order's status does not allow this change.");
  return error;
}

/** Works with Express 4 as well, which does not look at promises. */
const handle = (handler) => (request, response, next) => handler(request, response).catch(next);

const methodNotAllowed = (allowed) => (request, response) => {
  response.set("Allow", allowed);
  throw new Refused(405, `Use ${allowed}.`);
};

app.get("/health", (request, response) => {
  response.json({ status: "ok" });
});

app
  .route("/orders")
  .get(handle(listOrders))
  .post(handle(createOrder))
  .all(methodNotAllowed("GET, HEAD, POST"));

app
  .route("/orders/:id")
  .get(handle(getOrder))
  .patch(handle(changeOrder))
  .all(methodNotAllowed("GET, HEAD, PATCH"));

app.use(() => {
  throw new Refused(404, "There is nothing here.");
});

// Express knows an error handler by its four parameters.
app.use((error, request, response, next) => {
  const { status = 500, message, extra } = refusal(error);
  if (status >= 500) console.error(error);
  const detail = status >= 500 ? "Something went wrong here." : message;
  const body = { type: "about:blank", title: STATUS_CODES[status], status, detail, ...extra };
  response.status(status).type("application/problem+json").send(JSON.stringify(body));
});

async function createOrder(request, response) {
  const body = readJson(request);
  const key = request.get("Idempotency-Key");
  if (key !== undefined && (key.length < 1 || key.length > 64)) {
    throw new Refused(400, "Idempotency-Key must have 1 to 64 characters.");
  }
  refuseFaults(validation.newOrder(body, ""));
  const order = await (key === undefined ? orders.create(body) : orders.createOnce(key, body));
  response.status(201).location(`/orders/${order.id}`);
  show(response, order);
}

async function getOrder(request, response) {
  const order = find(request.params.id);
  const known = request.get("If-None-Match");
  if (known !== undefined && matches(known.replaceAll('W/"', '"'), order)) {
    response.status(304).set("ETag", tag(order)).end();
    return;
  }
  show(response, order);
}

async function changeOrder(request, response) {
  const { id } = find(request.params.id);
  const body = readJson(request);
  refuseFaults(validation.change(body, ""));
  const expected = request.get("If-Match");
  if (expected === undefined) throw new Refused(428, "Send If-Match with the order's ETag.");
  show(response, await orders.change(id, body, (order) => matches(expected, order)));
}

async function listOrders(request, response) {
  const query = new URL(request.originalUrl, "http://localhost").searchParams;
  const limit = query.get("limit") ?? "20";
  if (!/^[0-9]{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > 100) {
    throw new Refused(400, "limit must be a whole number from 1 to 100.");
  }
  const status = query.get("status");
  if (status !== null && !validation.STATUSES.includes(status)) {
    throw new Refused(400, `status must be one of ${validation.STATUSES.join(", ")}.`);
  }
  const customerId = query.get("customer_id");
  const cursor = query.get("cursor");
  const before = cursor === null ? undefined : readCursor(cursor, status, customerId);
  const { found, more } = orders.page({ before, limit: Number(limit), status, customerId });
  const nextCursor = more ? makeCursor(found.at(-1).number, status, customerId) : null;
  response.json({ data: found.map(asJson), next_cursor: nextCursor });
}

function readJson(request) {
  const mediaType = (request.get("Content-Type") ?? "").split(";")[0].trim().toLowerCase();
  if (mediaType !== "application/json") throw new Refused(415, "Content-Type must be application/json.");
  try {
    return JSON.parse(request.body);
  } catch {
    throw new Refused(400, "The body is not JSON.");
  }
}

function refuseFaults(faults) {
  const errors = [...faults];
  if (errors.length > 0) throw new Refused(422, "The body is not what is asked for; see errors.", { errors });
}

function find(id) {
  const order = orders.get(id);
  if (order === undefined) throw new Refused(404, "There is no such order.");
  return order;
}

function show(response, order) {
  response.set("ETag", tag(order)).json(asJson(order));
}

const tag = (order) => `"v${order.version}"`;

/** Whether a list of tags, or '*', holds the order's tag. A weak tag ('W/"v1"') equals none of ours. */
const matches = (header, order) =>
  header.trim() === "*" || header.split(",").some((part) => part.trim() === tag(order));

function asJson({ number, version, ...shown }) {
  return shown;
}

/** The number of the last order shown, signed together with the filter: nobody else can make one. */
function makeCursor(number, status, customerId) {
  const signed = JSON.stringify([number, status, customerId]);
  const signature = createHmac("sha256", cursorSecret).update(signed).digest("hex").slice(0, 24);
  return `${number}-${signature}`;
}

function readCursor(cursor, status, customerId) {
  const number = Number.parseInt(cursor, 10);
  // Comparing with what we would have issued refuses every other spelling as well.
  if (cursor !== makeCursor(number, status, customerId)) {
    throw new Refused(400, "This cursor was not issued for this list.");
  }
  return number;
}

app.listen(Number(process.env.PORT ?? 8000), "127.0.0.1");
