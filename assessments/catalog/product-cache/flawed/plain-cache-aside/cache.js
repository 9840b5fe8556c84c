'use strict';
// Answers kept in Redis for two minutes.

const { cache } = require('./stores');

const LIFETIME_SECONDS = 120;
const UNKNOWN_LIFETIME_SECONDS = 30;

/** The entry of `key`, or what load() resolves to, which is then kept. null is an answer too. */
async function fetch(key, load) {
  try {
    return JSON.parse(await cache.get(key)).value;
  } catch {
    // Not there, not readable, or no Redis.
  }
  const value = await load();
  const lifetime = value === null ? UNKNOWN_LIFETIME_SECONDS : LIFETIME_SECONDS;
  try {
    await cache.set(key, JSON.stringify({ value }), { EX: lifetime });
  } catch (error) {
    console.warn('not stored:', error.message);
  }
  return value;
}

/** To be called after the commit of a write, with the keys of every answer that it changed. */
async function forget(...keys) {
  try {
    await cache.del(keys);
  } catch (error) {
    console.error('stale until they expire:', keys.join(), error.message);
  }
}

module.exports = { fetch, forget };
