'use strict';
// Answers kept in Redis. Requests for a cold key share one query; an answer that a write has overtaken is not stored.

const { randomInt } = require('node:crypto');
const { cache } = require('./stores');

const LIFETIME_SECONDS = [120, 300];
const UNKNOWN_LIFETIME_SECONDS = [15, 30];

const queries = new Map(); // key -> promise of the answer
const writes = new Map(); // key -> how many writes have changed it

/** The entry of `key`, or what load() resolves to, which is then kept. null is an answer too. */
async function fetch(key, load) {
  try {
    return JSON.parse(await cache.get(key)).value;
  } catch {
    // Not there, not readable, or no Redis.
  }
  if (!queries.has(key)) {
    const query = fill(key, load).finally(() => {
      if (queries.get(key) === query) queries.delete(key);
    });
    queries.set(key, query);
  }
  return queries.get(key);
}

/** To be called after the commit of a write, with the keys of every answer that it changed. */
async function forget(...keys) {
  for (const key of keys) {
    writes.set(key, (writes.get(key) ?? 0) + 1);
  }
  try {
    await cache.del(keys);
  } catch (error) {
    console.error('stale until they expire:', keys.join(), error.message);
  }
}

async function fill(key, load) {
  const before = writes.get(key);
  const value = await load();
  if (writes.get(key) !== before) return value;
  const lifetime = randomInt(...(value === null ? UNKNOWN_LIFETIME_SECONDS : LIFETIME_SECONDS));
  try {
    await cache.set(key, JSON.stringify({ value }), { EX: lifetime });
  } catch (error) {
    console.warn('not stored:', error.message);
  }
  return value;
}

module.exports = { fetch, forget };
