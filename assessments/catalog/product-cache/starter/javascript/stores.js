'use strict';
// Connections to PostgreSQL and Redis.

const { Pool } = require('pg');
const { createClient } = require('redis');

// Your role may hold 40 connections; a query waits until one of these is free.
const database = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
database.on('error', (error) => console.error('PostgreSQL:', error.message));

/** Runs work(client) in one transaction: committed when it returns, rolled back when it throws. */
async function transaction(work) {
  const client = await database.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

// Nobody uses it yet. A call rejects when Redis refuses it or cannot be reached; it does not wait for a connection.
const cache = createClient({
  url: process.env.REDIS_URL,
  disableOfflineQueue: true,
  socket: { reconnectStrategy: () => 200 },
});
cache.on('error', (error) => console.error('Redis:', error.message));

/** Resolves when Redis is connected, or after two seconds without it. */
function connected() {
  const enough = new Promise((resolve) => setTimeout(resolve, 2000).unref());
  return Promise.race([cache.connect().catch(() => {}), enough]);
}

module.exports = { database, transaction, cache, connected };
