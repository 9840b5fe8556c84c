// What a body must look like. A check gets a value and the JSON Pointer (RFC 6901) to it, and yields every fault it finds.

export const STATUSES = ["pending", "paid", "shipped", "cancelled"];

const fault = (pointer, message) => ({ pointer, message });

/** A check of one value as a whole: `fits` decides, `message` says what was wanted. */
const value = (fits, message) =>
  function* (candidate, pointer) {
    if (!fits(candidate)) yield fault(pointer, message);
  };

const integer = (low, high) =>
  value((n) => Number.isInteger(n) && n >= low && n <= high, `must be an integer from ${low} to ${high}`);

const oneOf = (...choices) => value((s) => choices.includes(s), `must be one of ${choices.join(", ")}`);

const identifier = value(
  (s) => typeof s === "string" && /^[A-Za-z0-9_-]{1,40}$/.test(s),
  "must be a string of 1 to 40 letters, digits, '-' or '_'",
);

const note = value(
  (s) => s === null || (typeof s === "string" && [...s].length <= 200),
  "must be null or a string of at most 200 characters",
);

const listOf = (checkItem, low, high) =>
  function* (list, pointer) {
    if (!Array.isArray(list) || list.length < low || list.length > high) {
      yield fault(pointer, `must be a list of ${low} to ${high} values`);
      return;
    }
    for (const [index, item] of list.entries()) yield* checkItem(item, `${pointer}/${index}`);
  };

const isObject = (candidate) =>
  typeof candidate === "object" && candidate !== null && !Array.isArray(candidate);

const members = (required, optional = {}) => {
  const known = new Map(Object.entries({ ...required, ...optional }));
  return function* (object, pointer) {
    if (!isObject(object)) {
      yield fault(pointer, "must be an object");
      return;
    }
    for (const key of Object.keys(required)) {
      if (!Object.hasOwn(object, key)) yield fault(`${pointer}/${key}`, "is missing");
    }
    for (const [key, member] of Object.entries(object)) {
      const place = `${pointer}/${escape(key)}`;
      if (known.has(key)) yield* known.get(key)(member, place);
      else yield fault(place, "is not known here");
    }
  };
};

const escape = (key) => key.replaceAll("~", "~0").replaceAll("/", "~1");

export const newOrder = members(
  {
    customer_id: identifier,
    currency: oneOf("EUR", "GBP", "USD"),
    items: listOf(
      members({ sku: identifier, quantity: integer(1, 1000), unit_price: integer(0, 10_000_000) }),
      1,
      50,
    ),
  },
  { note },
);

const changeMembers = members({}, { status: oneOf(...STATUSES), note });

export function* change(object, pointer) {
  yield* changeMembers(object, pointer);
  if (isObject(object) && !Object.hasOwn(object, "status") && !Object.hasOwn(object, "note")) {
    yield fault(pointer, "must have 'status' or 'note'");
  }
}
