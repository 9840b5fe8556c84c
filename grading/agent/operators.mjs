// What may be done with a value beside calling it, by Python's names. What JavaScript lacks raises a TypeError.

const missing = Symbol("missing");

export const OPERATORS = {
  getitem: (object, key) => (object instanceof Map ? object.get(key) : object[key]),
  setitem: (object, key, value) => void (object instanceof Map ? object.set(key, value) : (object[key] = value)),
  delitem: (object, key) => void (object instanceof Map ? object.delete(key) : delete object[key]),
  setattr: (object, key, value) => void (object[known(object, key) ?? key] = value),
  delattr: (object, key) => void delete object[known(object, key) ?? key],
  contains: (object, item) => (typeof object.has === "function" ? object.has(item) : object.includes(item)),
  truth: (object) => Boolean(object),
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  isinstance: (object, kind) => typeof kind === "function" && object instanceof kind,
  issubclass: (one, other) => typeof one === "function" && (one === other || one.prototype instanceof other),
  len: (object) => {
    const length = object.length ?? object.size;
    if (typeof length !== "number") throw new TypeError("the object has neither length nor size");
    return length;
  },
  str: (object) => String(object),
  repr: (object) => String(object),
  format: (object) => String(object),
  float: (object) => Number(object),
  copy: (object) => copied(object, (item) => item),
  deepcopy: (object) => deeply(object, new Map()),
};

/** An iterator of it, also an asynchronous one. */
export function iteratorOf(object) {
  const iterator = object[Symbol.asyncIterator]?.() ?? object[Symbol.iterator]?.();
  if (iterator === undefined) throw new TypeError("the object cannot be iterated over");
  return iterator;
}

/** A name in snake_case is also looked for in camelCase; undefined if there is neither. */
export function known(owner, name) {
  const camel = name.replace(/(?<=.)_+([a-z0-9])/g, (_, letter) => letter.toUpperCase());
  return [name, camel].find((key) => key in Object(owner));
}

function deeply(object, seen) {
  if (object === null || typeof object !== "object") return object;
  const found = seen.has(object) ? seen.get(object) : missing;
  return found === missing ? copied(object, (item) => deeply(item, seen), (copy) => seen.set(object, copy)) : found;
}

function copied(object, inner, note = () => {}) {
  if (object instanceof Date) return new Date(object);
  const copy = Array.isArray(object) ? [] : object instanceof Map ? new Map() : object instanceof Set ? new Set() : {};
  Object.setPrototypeOf(copy, Object.getPrototypeOf(object));
  note(copy);
  if (object instanceof Map) for (const [key, value] of object) copy.set(inner(key), inner(value));
  else if (object instanceof Set) for (const item of object) copy.add(inner(item));
  for (const key of Object.keys(object)) copy[key] = inner(object[key]);
  return copy;
}
