'use strict';
// Products as the service shows them, kept in Redis between two writes.

const { fetch, forget } = require('./cache');
const { database, transaction } = require('./stores');

const PRODUCT = `
  SELECT p.id, p.name, c.slug AS category, p.price_cents, p.stock, r.reviews, r.rating
  FROM products AS p
  JOIN categories AS c ON c.id = p.category_id
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS reviews, round(avg(rating), 2)::float8 AS rating FROM reviews WHERE product_id = p.id
  ) AS r
  WHERE p.id = $1`;

// The outer join tells an empty category (one row without a product) from an unknown one (no row) in one statement.
const CATEGORY = `
  SELECT p.id, p.name, c.slug AS category, p.price_cents, p.stock, r.reviews, r.rating
  FROM categories AS c
  LEFT JOIN products AS p ON p.category_id = c.id
  LEFT JOIN LATERAL (
    SELECT count(*)::int AS reviews, round(avg(rating), 2)::float8 AS rating FROM reviews WHERE product_id = p.id
  ) AS r ON true
  WHERE c.slug = $1
  ORDER BY p.id`;

/** A product was to be put into a category that does not exist. */
class UnknownCategory extends Error {
  constructor() {
    super('There is no such category.');
  }
}

/** The product, or null. */
function product(id) {
  return fetch(productKey(id), () => loadProduct(database, id));
}

/** All products of a category in the order of their ids, or null if there is no such category. */
function productsIn(category) {
  return fetch(categoryKey(category), () => loadCategory(category));
}

/** Creates or overwrites a product; resolves to it and whether it is new. */
async function replace(id, fields) {
  const { before, ...result } = await transaction(async (client) => {
    const categoryId = await knownCategory(client, fields.category);
    // A row that is not there yet cannot be locked; two requests that create it take turns here.
    await client.query('SELECT pg_advisory_xact_lock(1, $1)', [id]);
    const before = await lockCategory(client, id);
    const { rows } = await client.query(
      `INSERT INTO products (id, category_id, name, price_cents, stock) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (id) DO UPDATE SET category_id = excluded.category_id, name = excluded.name,
                                      price_cents = excluded.price_cents, stock = excluded.stock
       RETURNING xmax = 0 AS created`,
      [id, categoryId, fields.name, fields.price_cents, fields.stock],
    );
    return { before, product: await loadProduct(client, id), created: rows[0].created };
  });
  await forgetProduct(id, before, result.product.category);
  return result;
}

/** Changes some fields of a product; resolves to it, or to null if there is no such product. */
async function change(id, fields) {
  const { before, after } = await transaction(async (client) => {
    const categoryId = 'category' in fields ? await knownCategory(client, fields.category) : null;
    const before = await lockCategory(client, id);
    await client.query(
      `UPDATE products SET category_id = coalesce($2, category_id), name = coalesce($3, name),
                           price_cents = coalesce($4, price_cents), stock = coalesce($5, stock)
       WHERE id = $1`,
      [id, categoryId, fields.name, fields.price_cents, fields.stock],
    );
    return { before, after: await loadProduct(client, id) };
  });
  if (after) await forgetProduct(id, before, after.category);
  return after;
}

/** Deletes a product; resolves to whether there was one. */
async function remove(id) {
  const before = await transaction(async (client) => {
    const category = await lockCategory(client, id);
    await client.query('DELETE FROM products WHERE id = $1', [id]);
    return category;
  });
  await forgetProduct(id, before);
  return before !== null;
}

const productKey = (id) => `cache:product:${id}`;
const categoryKey = (slug) => `cache:category:${slug}`;

/** Forgets the product and the lists of the categories that it was and is in. */
function forgetProduct(id, ...categories) {
  const slugs = new Set(categories.filter((slug) => slug !== null));
  return forget(productKey(id), ...[...slugs].map(categoryKey));
}

async function loadProduct(client, id) {
  const { rows } = await client.query(PRODUCT, [id]);
  return rows[0] ?? null;
}

async function loadCategory(slug) {
  const { rows } = await database.query(CATEGORY, [slug]);
  return rows.length === 0 ? null : rows.filter((row) => row.id !== null);
}

/** The category that the product is in; it stays there until the end of the transaction. null: no such product. */
async function lockCategory(client, id) {
  const { rows } = await client.query(
    `SELECT c.slug FROM products AS p JOIN categories AS c ON c.id = p.category_id
     WHERE p.id = $1 FOR UPDATE OF p`,
    [id],
  );
  return rows.length === 0 ? null : rows[0].slug;
}

async function knownCategory(client, slug) {
  const { rows } = await client.query('SELECT id FROM categories WHERE slug = $1', [slug]);
  if (rows.length === 0) throw new UnknownCategory();
  return rows[0].id;
}

module.exports = { UnknownCategory, product, productsIn, replace, change, remove };
