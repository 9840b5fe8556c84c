/**
 * The payment provider, as far as this exercise needs it. Read-only.
 *
 * Each call takes a while, as a call over the network would, and gives a number that no other call has given.
 */
import { setTimeout as sleep } from "node:timers/promises";

const MILLISECONDS_PER_CALL = 30;

let charges = 0;
let receipts = 0;

/** Reserves `amount` cents for a new order. Resolves to for example 'charge-17'. */
export async function authorise(customerId, amount, currency) {
  const number = ++charges;
  await sleep(MILLISECONDS_PER_CALL);
  return `charge-${number}`;
}

/** Takes the money that was reserved under `charge`. Resolves to for example 'receipt-4'. */
export async function capture(charge) {
  const number = ++receipts;
  await sleep(MILLISECONDS_PER_CALL);
  return `receipt-${number}`;
}
