'use strict';
// Answers kept in Redis: cache-aside, with leases.
//
// Who misses takes the key's lease (SET NX) and asks the database; everyone else who misses waits for that answer, so
// a cold key costs one query however many ask. A write
// deletes the entry after its commit.
//
// Redis helps, but is not needed: whatever is wrong with it, the answer comes from the database.

const { randomInt, randomUUID } = require('node:crypto');
const { setTimeout: sleep } = require('node:timers/promises');
const { ErrorReply } = require('redis');
const { cache } = require('./stores');

// Random lifetimes, so that entries filled together do not expire together. Unknown things are forgotten soon, so
// that asking for made-up ids cannot fill the memory for long.
const LIFETIME_MS = [120_000, 300_000];
const UNKNOWN_LIFETIME_MS = [15_000, 30_000];

const POLL_MS = 30;

const STORE = `
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return redis.call('DEL', KEYS[2])
`;
const RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end";

const leaseOf = (key) => `lease:${key}`;

/** The entry of `key`, or what load() resolves to, which is then kept. null is an answer too. */
async function fetch(key, load) {
  const token = randomUUID();
  try {
    for (;;) {
      const entry = await read(key);
      if (entry) return entry.value;
      if (await cache.set(leaseOf(key), token, { NX: true })) break;
      await sleep(POLL_MS);
    }
    // It may have been stored, and its lease given back, just before we took ours.
    const entry = await read(key);
    if (entry) {
      await run(RELEASE, [leaseOf(key)], [token]);
      return entry.value;
    }
  } catch (error) {
    console.warn('no cache:', error.message);
    return load();
  }
  return fill(key, token, load);
}

/** To be called after the commit of a write, with the keys of every answer that it changed. */
async function forget(...keys) {
  try {
    await cache.del(keys);
  } catch (error) {
    console.error('stale until they expire:', keys.join(), error.message);
  }
}

/** { value }, or null if there is nothing, or nothing of ours: then it will be overwritten. */
async function read(key) {
  let text;
  try {
    text = await cache.get(key);
  } catch (error) {
    if (!(error instanceof ErrorReply)) throw error;
  }
  try {
    const entry = JSON.parse(text);
    return Object.hasOwn(entry, 'value') ? entry : null;
  } catch {
    return null;
  }
}

async function fill(key, token, load) {
  let value;
  try {
    value = await load();
  } catch (error) {
    await run(RELEASE, [leaseOf(key)], [token]);
    throw error;
  }
  const lifetime = randomInt(...(value === null ? UNKNOWN_LIFETIME_MS : LIFETIME_MS));
  await run(STORE, [key, leaseOf(key)], [token, JSON.stringify({ value }), String(lifetime)]);
  return value;
}

async function run(script, keys, args) {
  try {
    await cache.eval(script, { keys, arguments: args });
  } catch (error) {
    console.warn('not stored:', error.message);
  }
}

module.exports = { fetch, forget };
