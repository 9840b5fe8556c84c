'use strict';
// Products as the service shows them. Everything is asked of PostgreSQL, every time.

const { database, transaction } = require('./stores');

/** A product was to be put into a category that does not exist. */
class UnknownCategory extends Error {
  constructor() {
    super('There is no such category.');
  }
}

/** The product, or null. */
function product(id) {
  return readProduct(database, id);
}

/** All products of a category in the order of their ids, or null if there is no such category. */
async function productsIn(category) {
  const categoryId = await findCategory(database, category);
  if (categoryId === null) return null;
  const { rows } = await database.query('SELECT id FROM products WHERE category_id = $1 ORDER BY id', [categoryId]);
  const products = [];
  for (const { id } of rows) {
    products.push(await readProduct(database, id));
  }
  return products;
}

/** Creates or overwrites a product; resolves to it and whether it is new. */
function replace(id, fields) {
  return transaction(async (client) => {
    const categoryId = await knownCategory(client, fields.category);
    const { rows } = await client.query(
      `INSERT INTO products (id, category_id, name, price_cents, stock) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (id) DO UPDATE SET category_id = excluded.category_id, name = excluded.name,
                                      price_cents = excluded.price_cents, stock = excluded.stock
       RETURNING xmax = 0 AS created`,
      [id, categoryId, fields.name, fields.price_cents, fields.stock],
    );
    return { product: await readProduct(client, id), created: rows[0].created };
  });
}

/** Changes some fields of a product; resolves to it, or to null if there is no such product. */
function change(id, fields) {
  return transaction(async (client) => {
    const categoryId = 'category' in fields ? await knownCategory(client, fields.category) : null;
    await client.query(
      `UPDATE products SET category_id = coalesce($2, category_id), name = coalesce($3, name),
                           price_cents = coalesce($4, price_cents), stock = coalesce($5, stock)
       WHERE id = $1`,
      [id, categoryId, fields.name, fields.price_cents, fields.stock],
    );
    return readProduct(client, id);
  });
}

/** Deletes a product; resolves to whether there was one. */
async function remove(id) {
  const { rowCount } = await database.query('DELETE FROM products WHERE id = $1', [id]);
  return rowCount === 1;
}

async function readProduct(client, id) {
  const { rows } = await client.query(
    `SELECT p.id, p.name, c.slug AS category, p.price_cents, p.stock
     FROM products AS p JOIN categories AS c ON c.id = p.category_id
     WHERE p.id = $1`,
    [id],
  );
  if (rows.length === 0) return null;
  const reviews = await client.query(
    `SELECT count(*)::int AS reviews, round(avg(rating), 2)::float8 AS rating
     FROM reviews WHERE product_id = $1`,
    [id],
  );
  return { ...rows[0], ...reviews.rows[0] };
}

async function findCategory(client, slug) {
  const { rows } = await client.query('SELECT id FROM categories WHERE slug = $1', [slug]);
  return rows.length === 0 ? null : rows[0].id;
}

async function knownCategory(client, slug) {
  const id = await findCategory(client, slug);
  if (id === null) throw new UnknownCategory();
  return id;
}

module.exports = { UnknownCategory, product, productsIn, replace, change, remove };
