// The orders, in memory, and the rules by which they come into being and change. Knows nothing of HTTP.
//
// An order is an immutable value; a change puts a new version in its place, so a reader never sees half a change.
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

import * as payments from "./payments.js";

const TRANSITIONS = { pending: ["paid", "cancelled"], paid: ["shipped", "cancelled"] };

/** The idempotency key belongs to another request. */
export class KeyReused extends Error {}
/** The order is no longer what the client thinks it is. */
export class StaleVersion extends Error {}
/** The order's status does not allow the change. */
export class ForbiddenTransition extends Error {}

/** Runs pieces of work that share a name one after the other, others side by side. */
class Queues {
  #last = new Map();

  run(name, work) {
    // Whether the one before went well is its own caller's business.
    const before = (this.#last.get(name) ?? Promise.resolve()).catch(() => {});
    const outcome = before.then(work);
    this.#last.set(name, outcome);
    return outcome;
  }
}

export class Orders {
  #byAge = [];
  #numbers = new Map();
  #created = new Map();
  #creating = new Queues();
  #changing = new Queues();

  /** The order, or undefined. */
  get(id) {
    return this.#byAge[this.#numbers.get(id)];
  }

  /**
   * Creates, or returns the order that this key created, as it was then. Throws KeyReused.
   *
   * Whoever comes with a key that is at work waits for its outcome. If the payment fails nothing is kept, and the
   * next in line tries again.
   */
  createOnce(key, body) {
    return this.#creating.run(key, async () => {
      if (!this.#created.has(key)) this.#created.set(key, { body, order: await this.create(body) });
      const first = this.#created.get(key);
      if (!isDeepStrictEqual(body, first.body)) throw new KeyReused();
      return first.order;
    });
  }

  async create(body) {
    const total = body.items.reduce((sum, item) => sum + item.quantity * item.unit_price, 0);
    const charge = await payments.authorise(body.customer_id, total, body.currency);
    const order = Object.freeze({
      id: randomUUID(),
      number: this.#byAge.length,
      version: 1,
      customer_id: body.customer_id,
      currency: body.currency,
      items: body.items,
      note: body.note ?? null,
      status: "pending",
      total,
      charge,
      receipt: null,
    });
    this.#byAge.push(order);
    this.#numbers.set(order.id, order.number);
    return order;
  }

  /**
   * Applies `status` and `note` together or not at all. Throws StaleVersion, ForbiddenTransition.
   *
   * Check, payment and write of one order are never interleaved with another change of it: of several changes to one
   * version exactly one succeeds.
   */
  change(id, changes, isCurrent) {
    return this.#changing.run(id, async () => {
      const order = this.get(id);
      if (!isCurrent(order)) throw new StaleVersion();
      if ("status" in changes && !TRANSITIONS[order.status]?.includes(changes.status)) {
        throw new ForbiddenTransition();
      }
      const receipt = changes.status === "paid" ? await payments.capture(order.charge) : order.receipt;
      const changed = Object.freeze({ ...order, ...changes, receipt, version: order.version + 1 });
      this.#byAge[order.number] = changed;
      return changed;
    });
  }

  /** At most `limit` orders older than number `before`, newest first, and whether more follow. */
  page({ before = this.#byAge.length, limit, status, customerId }) {
    const found = [];
    for (let number = before - 1; number >= 0; number--) {
      const order = this.#byAge[number];
      if (status !== null && order.status !== status) continue;
      if (customerId !== null && order.customer_id !== customerId) continue;
      if (found.length === limit) return { found, more: true };
      found.push(order);
    }
    return { found, more: false };
  }
}
