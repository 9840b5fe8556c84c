// Values on their way between the judge and JavaScript: `PROTOCOL.md` has the table.
//
// What is encoded becomes the text of its JSON at once, and what is needed for that is taken before the candidate's
// module is loaded: neither a `toJSON` nor a changed prototype has a say in it. Data is copied by what it holds; what is
// of a class of its own stays here and travels as a handle.

import { types } from "node:util";

const DEPTH = 200;
const NODES = 500_000;
const DAY_MILLISECONDS = 86_400_000;

const { getPrototypeOf, entries, fromEntries, defineProperty } = Object;
const { isArray } = Array;
const { isNaN, isFinite, isInteger, isSafeInteger } = Number;
const quote = JSON.stringify;
const listed = { Array: Array.prototype, Map: Map.prototype, Set: Set.prototype, Date: Date.prototype };
const boxed = new Map([Number, String, Boolean].map((kind) => [kind.prototype, kind.prototype.valueOf]));
const numbers = [
  Int8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array,
  BigInt64Array, BigUint64Array,
].map((kind) => kind.prototype);
const toISOString = Date.prototype.toISOString;
const getTime = Date.prototype.getTime;

/** What cannot travel: "deep", "parts", "large", "surrogate" or "kind". */
export class RefusedError extends Error {}

/** What a test passed and JavaScript has no value for, by the name that Python has for it. */
export class UnfitError extends Error {}

/** The JSON of a value. `other(object)` gives that of what is no data. */
export function encode(value, other) {
  let nodes = 0;

  function text(item, depth) {
    if (++nodes > NODES) throw new RefusedError("parts");
    if (depth > DEPTH) throw new RefusedError("deep");
    switch (typeof item) {
      case "undefined": return "null";
      case "boolean": return item ? "true" : "false";
      case "string": return quote(item);
      case "number": return numberText(item);
      case "bigint": return bigText(item);
      case "symbol": throw new RefusedError("kind");
      case "function": return other(item);
      default: return item === null ? "null" : objectText(item, depth);
    }
  }

  const all = (items, depth) => `[${Array.from(items, (item) => text(item, depth + 1)).join(",")}]`;

  function objectText(item, depth) {
    const prototype = getPrototypeOf(item);
    if (prototype === Object.prototype || prototype === null) return mapping(item, depth);
    switch (prototype) {
      case listed.Array: return isArray(item) ? all(item, depth) : other(item);
      case listed.Map: return !types.isMap(item) ? other(item) : tagged("dict", `[${[...item].map((pair) => all(pair, depth)).join(",")}]`);
      case listed.Set: return types.isSet(item) ? tagged("set", all(item, depth)) : other(item);
      case listed.Date: return types.isDate(item) ? moment(item) : other(item);
      case Buffer.prototype: case Uint8Array.prototype:
        return types.isUint8Array(item) ? tagged("bytes", quote(Buffer.from(item).toString("base64"))) : other(item);
      default:
    }
    if (boxed.has(prototype) && types.isBoxedPrimitive(item)) return text(boxed.get(prototype).call(item), depth);
    return numbers.includes(prototype) && types.isTypedArray(item) ? all(item, depth) : other(item);
  }

  /** An object with functions in it, as factories make them, stays here. */
  function mapping(item, depth) {
    const pairs = entries(item);
    if (pairs.some(([, inner]) => typeof inner === "function")) return other(item);
    if (!pairs.some(([key]) => key === "$")) {
      return `{${pairs.map(([key, inner]) => `${quote(key)}:${text(inner, depth + 1)}`).join(",")}}`;
    }
    return tagged("dict", `[${pairs.map(([key, inner]) => `[${quote(key)},${text(inner, depth + 1)}]`).join(",")}]`);
  }

  return text(value, 0);
}

function moment(date) {
  return isNaN(getTime.call(date)) ? "null" : tagged("datetime", quote(toISOString.call(date)));
}

export function tagged(tag, inner) {
  return `{"$":"${tag}","v":${inner}}`;
}

/** A whole number is an integer as far as JavaScript counts exactly, and -0 the same as 0: it is so for it, too. */
function numberText(value) {
  if (isFinite(value)) {
    const text = value === 0 ? "0" : String(value);
    return isInteger(value) && !isSafeInteger(value) && !text.includes("e") ? `${text}.0` : text;
  }
  return tagged("float", isNaN(value) ? '"nan"' : value > 0 ? '"inf"' : '"-inf"');
}

function bigText(value) {
  return tagged("int", quote(value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`));
}

/** The value that the judge sent. `resolve(tag, inner)` knows what stays on either side. */
export function decode(value, resolve) {
  const inside = (item) => decode(item, resolve);
  if (isArray(value)) return value.map(inside);
  if (value === null || typeof value !== "object") return value;
  if (!("$" in value)) return fromEntries(entries(value).map(([key, item]) => [key, inside(item)]));
  const read = READERS[value.$];
  return read ? read(value.v, inside) : resolve(value.$, value.v);
}

const pairs = (inner, inside) => new Map(inner.map(([key, item]) => [inside(key), inside(item)]));
const items = (inner, inside) => inner.map(inside);
const bytes = (inner) => new Uint8Array(Buffer.from(inner, "base64"));
const unfit = (name) => () => { throw new UnfitError(name); };

const READERS = {
  int: (inner) => (inner.startsWith("-") ? -BigInt(inner.slice(1)) : BigInt(inner)),
  float: (inner) => ({ nan: NaN, inf: Infinity, "-inf": -Infinity, "-0.0": -0 })[inner],
  decimal: (inner) => Number(inner.replace(/^(-?)s?nan.*/i, "NaN")),
  uuid: (inner) => inner,
  date: (inner) => new Date(`${inner}T00:00:00Z`),
  datetime: (inner) => (isArray(inner) ? atZone(...inner) : atZone(inner, "UTC", 0)),
  time: (inner) => inner,
  timedelta: ([days, seconds, microseconds]) => days * DAY_MILLISECONDS + seconds * 1000 + microseconds / 1000,
  bytes,
  bytearray: bytes,
  tuple: items,
  keys: items,
  values: items,
  deque: ([inner], inside) => items(inner, inside),
  items: (inner, inside) => inner.map(([key, item]) => [inside(key), inside(item)]),
  listed: (inner, inside) => items(inner, inside).values(),
  set: (inner, inside) => new Set(items(inner, inside)),
  frozenset: (inner, inside) => new Set(items(inner, inside)),
  dict: pairs,
  ordered: pairs,
  counter: pairs,
  range: ([start, stop, step], inside) => range(inside(start), inside(stop), inside(step)),
  named: ([, fields, inner], inside) => named(fields, items(inner, inside)),
  enum: ([, , inner], inside) => inside(inner),
  slice: unfit("slice"),
  complex: unfit("complex"),
  fraction: unfit("Fraction"),
  timezone: unfit("timezone"),
  zone: unfit("ZoneInfo"),
};

function range(start, stop, step) {
  const length = Math.max(0, Math.ceil((Number(stop) - Number(start)) / Number(step)));
  if (length > NODES) throw new UnfitError(`range of ${length} numbers`);
  return Array.from({ length }, (_, index) => start + (typeof start === "bigint" ? BigInt(index) : index) * step);
}

/** An array that has its fields by name, too, without showing them. */
function named(fields, inner) {
  fields.forEach((field, index) => {
    if (!(field in inner)) defineProperty(inner, field, { value: inner[index] });
  });
  return inner;
}

/** The moment of a time of day in a zone; one without an offset is of UTC. */
function atZone(text, zone, fold) {
  if (/(Z|[-+]\d\d:\d\d(:\d\d(\.\d+)?)?)$/.test(text.slice(10))) return new Date(text);
  const wanted = Date.parse(`${text}Z`);
  if (zone === "UTC" || isNaN(wanted)) return new Date(wanted);
  const found = [wanted - offset(wanted - DAY_MILLISECONDS, zone), wanted - offset(wanted + DAY_MILLISECONDS, zone)];
  const right = found.filter((moment) => moment + offset(moment, zone) === wanted);
  return new Date((fold ? right.at(-1) : right[0]) ?? found[fold ? 1 : 0]);
}

/** Milliseconds that the zone is ahead of UTC at a moment. */
function offset(moment, zone) {
  const style = { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric" };
  const format = new Intl.DateTimeFormat("en-US", { ...style, hour: "numeric", minute: "numeric", second: "numeric" });
  const part = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  const local = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second);
  return local - Math.floor(moment / 1000) * 1000;
}
