'use strict';
// The product service: HTTP in, HTTP out. What it knows about products is in catalogue.js.

const express = require('express');
const catalogue = require('./catalogue');
const { connected } = require('./stores');

const MAX_INTEGER = 2 ** 31 - 1;
const isText = (value) => typeof value === 'string' && value.length >= 1 && value.length <= 200;
const isAmount = (value) => Number.isInteger(value) && value >= 0 && value <= MAX_INTEGER;
const FIELDS = { name: isText, category: isText, price_cents: isAmount, stock: isAmount };

class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The id of the path: 1 to 2147483647. */
function idOf(request) {
  const id = /^\d{1,10}$/.test(request.params.id) ? Number(request.params.id) : 0;
  if (id < 1 || id > MAX_INTEGER) throw new Refused(422, 'The id must be a whole number from 1 to 2147483647.');
  return id;
}

/** The body's fields, all valid; with `every`, none may be missing. */
function fieldsOf(request, { every }) {
  const body = request.body;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Refused(422, 'The body must be an object.');
  for (const [name, value] of Object.entries(body)) {
    if (!Object.hasOwn(FIELDS, name)) throw new Refused(422, `There is no field ${name}.`);
    if (!FIELDS[name](value)) throw new Refused(422, `The field ${name} is not valid.`);
  }
  const missing = Object.keys(FIELDS).find((name) => !Object.hasOwn(body, name));
  if (every && missing) throw new Refused(422, `The field ${missing} is missing.`);
  return body;
}

function found(value, otherwise) {
  if (value === null) throw new Refused(404, otherwise);
  return value;
}

const app = express();
app.use(express.json());

app.get('/health', (request, response) => response.json({ status: 'ok' }));

app.get('/products/:id', async (request, response) => {
  response.json(found(await catalogue.product(idOf(request)), 'There is no such product.'));
});

app.get('/products', async (request, response) => {
  const category = request.query.category;
  if (!isText(category)) throw new Refused(422, 'The parameter category is missing.');
  response.json({ category, products: found(await catalogue.productsIn(category), 'There is no such category.') });
});

app.put('/products/:id', async (request, response) => {
  const { product, created } = await catalogue.replace(idOf(request), fieldsOf(request, { every: true }));
  response.status(created ? 201 : 200).json(product);
});

app.patch('/products/:id', async (request, response) => {
  const product = await catalogue.change(idOf(request), fieldsOf(request, { every: false }));
  response.json(found(product, 'There is no such product.'));
});

app.delete('/products/:id', async (request, response) => {
  if (!(await catalogue.remove(idOf(request)))) throw new Refused(404, 'There is no such product.');
  response.status(204).end();
});

app.use((error, request, response, next) => {
  const status = error instanceof catalogue.UnknownCategory ? 422 : error.status || 500;
  if (status === 500) console.error(error);
  response.status(status).json({ detail: status === 500 ? 'Something went wrong.' : error.message });
});

connected().then(() => app.listen(Number(process.env.PORT), '127.0.0.1'));
