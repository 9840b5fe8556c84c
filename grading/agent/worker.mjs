// The inside of one test in JavaScript: see `objects` and `wire`, which say what travels and how.

import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";

const DEPTH = 200;
const NODES = 500_000;
const LINE_BYTES = 8 * 1024 * 1024;
const MESSAGE_CHARACTERS = 500;
const FAILURE_CHARACTERS = 2000;
const send = parentPort.postMessage.bind(parentPort);

class WireError extends Error {}
class MissingError extends Error {}

/** JavaScript's errors under the names that a suite expects. */
const NAMES = { TypeError: ["TypeError"], RangeError: ["ValueError"], SyntaxError: ["SyntaxError"] };

class Objects {
  constructor(module) {
    this.module = module;
    this.kept = new Map();
    this.next = 1;
  }

  async answer(request) {
    try {
      for (const handle of request.del ?? []) this.kept.delete(handle);
      return await this.respond(request);
    } catch (error) {
      if (error instanceof WireError) return { refused: error.message };
      if (error instanceof MissingError) return { missing: error.message };
      return { error: described(error) };
    }
  }

  async respond(request) {
    if (request.op === "call") return this.call(request);
    if (request.op === "get") {
      const [, found] = this.attribute(request.target, request.name);
      return typeof found === "function" ? { callable: true } : { value: this.encode(found) };
    }
    if (request.op === "names") {
      return { names: Object.fromEntries(request.names.map((name) => [name, this.named(name)])) };
    }
    if (request.op === "next") return this.items(request.target, request.count);
    const operate = OPERATORS[request.name];
    if (!operate) throw new TypeError(`JavaScript has no operator for '${request.name}'`);
    const result = operate(...request.args.map((item) => this.decode(item)));
    // An iterator stays here, also one that is nothing but an object with a function `next`.
    return { value: request.name === "iter" ? this.keep(result) : this.encode(result) };
  }

  named(name) {
    if (!this.has(name)) return { missing: true };
    const [, found] = this.attribute(null, name);
    return typeof found === "function" ? { callable: true } : { value: this.encode(found) };
  }

  has(name) {
    try {
      this.attribute(null, name);
      return true;
    } catch (error) {
      if (error instanceof MissingError) return false;
      throw error;
    }
  }

  async call({ target, name, args, kwargs }) {
    const [owner, found] = name === null ? [undefined, this.kept.get(target)] : this.attribute(target, name);
    if (typeof found !== "function") throw new TypeError(`${name} is not a function`);
    const given = args.map((item) => this.decode(item));
    const named = Object.entries(kwargs).map(([key, item]) => [key, this.decode(item)]);
    if (named.length) given.push(Object.fromEntries(named));
    const isClass = /^class\b/.test(Function.prototype.toString.call(found));
    return { value: this.encode(isClass ? new found(...given) : await found.apply(owner, given)) };
  }

  async items(handle, count) {
    const iterator = this.kept.get(handle);
    const items = [];
    while (items.length < count) {
      const { done, value } = await iterator.next();
      if (done) return { items, end: true };
      items.push(this.encode(value));
    }
    return { items, end: false };
  }

  /** [owner, value]. A name in snake_case is also looked for in camelCase. */
  attribute(handle, path) {
    let owner;
    let found = handle === null ? this.module : this.kept.get(handle);
    for (const part of path.split(".")) {
      owner = found;
      const camel = part.replace(/_+([a-z0-9])/g, (_, letter) => letter.toUpperCase());
      const key = [part, camel].find((candidate) => candidate in Object(owner));
      if (key === undefined) throw new MissingError(path);
      found = owner[key];
    }
    return [owner, found];
  }

  encode(value) {
    return new Encoder((object) => this.keep(object)).encode(value, 0);
  }

  keep(object) {
    const handle = this.next++;
    this.kept.set(handle, object);
    const kind = typeof object === "function" ? object.name : Object.getPrototypeOf(object)?.constructor?.name;
    return { $: "object", v: [handle, String(kind ?? "object")] };
  }

  decode(value) {
    if (Array.isArray(value)) return value.map((item) => this.decode(item));
    if (value === null || typeof value !== "object") return value;
    if (!("$" in value)) return plain(Object.entries(value).map(([key, item]) => [key, this.decode(item)]));
    const inner = value.v;
    switch (value.$) {
      case "int": return inner.startsWith("-") ? -BigInt(inner.slice(1)) : BigInt(inner);
      case "float": return { nan: NaN, inf: Infinity, "-inf": -Infinity, "-0.0": -0 }[inner];
      case "bytes": return new Uint8Array(Buffer.from(inner, "base64"));
      case "tuple": return inner.map((item) => this.decode(item));
      case "set": case "frozenset": return new Set(inner.map((item) => this.decode(item)));
      case "dict": return new Map(inner.map(([key, item]) => [this.decode(key), this.decode(item)]));
      case "datetime": return new Date(inner);
      case "object": return this.kept.get(inner);
      case "name": return this.attribute(null, inner)[1];
      default: throw new TypeError(`JavaScript has no value for a ${value.$} of Python`);
    }
  }
}

class Encoder {
  constructor(other) {
    this.other = other;
    this.nodes = 0;
  }

  encode(value, depth) {
    if (++this.nodes > NODES) throw new WireError(`has more than ${NODES} parts`);
    if (depth > DEPTH) throw new WireError(`is nested more than ${DEPTH} deep, or holds itself`);
    switch (typeof value) {
      case "undefined": return null;
      case "boolean": case "string": return value;
      case "number": return encodeNumber(value);
      case "bigint": return { $: "int", v: value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}` };
      case "symbol": throw new WireError("holds a symbol");
      case "function": return this.other(value);
    }
    if (value === null) return null;
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.mapping(value, depth);
    const tagged = (tag, items) => ({ $: tag, v: items });
    switch (prototype) {
      case Array.prototype: return Array.from(value, (item) => this.encode(item, depth + 1));
      case Map.prototype:
        return tagged("dict", [...value].map((pair) => pair.map((item) => this.encode(item, depth + 1))));
      case Set.prototype: return tagged("set", [...value].map((item) => this.encode(item, depth + 1)));
      case Date.prototype: return tagged("datetime", value.toISOString());
      case Buffer.prototype: case Uint8Array.prototype:
        return tagged("bytes", Buffer.from(value).toString("base64"));
    }
    return this.other(value);
  }

  /** Plain data; an object with functions in it, as factories make them, stays here. */
  mapping(value, depth) {
    const entries = Object.entries(value);
    if (entries.some(([, item]) => typeof item === "function")) return this.other(value);
    const pairs = entries.map(([key, item]) => [key, this.encode(item, depth + 1)]);
    return "$" in value ? { $: "dict", v: pairs } : plain(pairs);
  }
}

const OPERATORS = {
  getitem: (object, key) => (object instanceof Map ? object.get(key) : object[key]),
  setitem: (object, key, value) => void (object instanceof Map ? object.set(key, value) : (object[key] = value)),
  setattr: (object, key, value) => void (object[key] = value),
  contains: (object, item) => (typeof object.has === "function" ? object.has(item) : object.includes(item)),
  truth: (object) => Boolean(object),
  eq: (a, b) => a === b,
  len: (object) => {
    const length = object.length ?? object.size;
    if (typeof length !== "number") throw new TypeError("the object has neither length nor size");
    return length;
  },
  iter: (object) => object[Symbol.asyncIterator]?.() ?? object[Symbol.iterator](),
  str: (object) => String(object),
  repr: (object) => String(object),
};

function encodeNumber(value) {
  if (Number.isNaN(value)) return { $: "float", v: "nan" };
  if (!Number.isFinite(value)) return { $: "float", v: value > 0 ? "inf" : "-inf" };
  return Object.is(value, -0) ? { $: "float", v: "-0.0" } : value;
}

/** An object of these pairs, also with a key such as '__proto__'. */
function plain(pairs) {
  return Object.fromEntries(pairs);
}

function described(error) {
  const names = [];
  if (error instanceof Error) {
    for (let kind = error.constructor; kind && kind.name; kind = Object.getPrototypeOf(kind)) {
      names.push(kind.name, ...(NAMES[kind.name] ?? []));
    }
  }
  const message = String(error instanceof Error ? error.message : error).slice(0, MESSAGE_CHARACTERS);
  const known = names.length ? names.slice(0, 20) : ["Error"];
  return { type: known[0], message: message.toWellFormed?.() ?? message, names: known };
}

function line(answer) {
  const text = JSON.stringify(answer);
  return text.length > LINE_BYTES ? JSON.stringify({ refused: "large", q: answer.q }) : text;
}

async function load() {
  if (!workerData.file) throw new Error(`Cannot find the module '${workerData.name}'`);
  const found = await import(pathToFileURL(workerData.file).href);
  const isObject = found.default !== null && ["object", "function"].includes(typeof found.default);
  return isObject ? { ...found.default, ...found } : { ...found };
}

try {
  const objects = new Objects(await load());
  let turn = Promise.resolve();
  parentPort.on("message", (request) => {
    turn = turn.then(async () => {
      const asked = JSON.parse(request);
      send(line({ ...(await objects.answer(asked)), q: asked.q }));
    });
  });
  send(JSON.stringify({ loaded: true }));
} catch (error) {
  const text = String(error?.stack ?? error);
  console.error(text);
  send(JSON.stringify({ failed: text.slice(-FAILURE_CHARACTERS) }));
}
