// The inside of one test: calls the candidate's functions and keeps their objects, as the judge asks for it.
// `PROTOCOL.md` says what is asked and how it is answered. An answer is the text of its fields, or a promise of it.

import { Callbacks } from "./callbacks.mjs";
import { described } from "./errors.mjs";
import { OPERATORS, iteratorOf, known } from "./operators.mjs";
import { RefusedError, UnfitError, decode, encode, tagged } from "./values.mjs";

const quote = JSON.stringify;
const sourceOf = Function.prototype.call.bind(Function.prototype.toString);

class MissingError extends Error {}

/** One candidate's module, and what its calls have left behind. */
export class Objects {
  #module;
  #kept = new Map();
  #handles = new Map();
  #methods = new Map();
  #next = 1;
  #callbacks;

  /** `ask(fields)` calls the test and gives its reply. */
  constructor(module, ask) {
    this.#module = module;
    this.#callbacks = new Callbacks(ask, (value) => this.#encode(value), (value) => this.#decode(value));
  }

  /** Never throws, whatever the candidate's code does. */
  answer(request) {
    try {
      for (const handle of request.del ?? []) this.#forget(handle);
      const answer = this.#answer(request);
      return answer instanceof Promise ? answer.catch((error) => this.#failed(error)) : answer;
    } catch (error) {
      return this.#failed(error);
    }
  }

  #failed(error) {
    if (error instanceof RefusedError) return `"refused":${quote(error.message)}`;
    if (error instanceof UnfitError) return `"unfit":${quote(error.message)}`;
    if (error instanceof MissingError) return '"missing":true';
    const encodeText = (value) => this.#encode(value);
    const keep = (object) => this.#handle(object);
    try {
      return `"error":${described(error, encodeText, keep, this.#callbacks.numberOfError(error))}`;
    } catch {
      return '"refused":"kind"';
    }
  }

  #answer(request) {
    switch (request.op) {
      case "call": return this.#call(request);
      case "get": return this.#get(request);
      case "next": return this.#items(request.target, request.count, []);
      case "names": return `"names":{${request.names.map((name) => `${quote(name)}:{${this.#named(name)}}`).join(",")}}`;
      case "fields": throw new TypeError("JavaScript has no dataclasses");
      default: return this.#operate(request.name, request.args.map((item) => this.#decode(item)));
    }
  }

  #call({ target, name, args, kwargs, back }) {
    const [owner, found] = name === null ? [undefined, this.#kept.get(target)] : this.#attribute(target, name);
    if (typeof found !== "function") throw new TypeError(`${name} is not a function`);
    const given = args.map((item) => this.#decode(item));
    const named = Object.entries(kwargs).map(([key, item]) => [key, this.#decode(item)]);
    if (named.length) given.push(Object.fromEntries(named));
    const result = isClass(found) ? new found(...given) : Reflect.apply(found, owner, given);
    return waited(result, (value) => {
      const answer = `"value":${this.#encode(value)}`;
      return back ? `${answer},"args":${this.#encode(given.slice(0, args.length))}` : answer;
    });
  }

  #get({ target, name, keep }) {
    const [owner, found] = this.#attribute(target, name);
    if (keep) return `"value":${this.#keep(target === null ? found : this.#bound(owner, found))}`;
    if (typeof found !== "function") return `"value":${this.#encode(found)}`;
    const isFixed = target === null || known(Object.getPrototypeOf(owner), name) !== undefined;
    return `"callable":true,"fixed":${isFixed}`;
  }

  /** A method that is passed knows whose it is, and is the same one each time. */
  #bound(owner, found) {
    if (typeof found !== "function" || isClass(found)) return found;
    if (!this.#methods.has(owner)) this.#methods.set(owner, new Map());
    const methods = this.#methods.get(owner);
    if (!methods.has(found)) methods.set(found, found.bind(owner));
    return methods.get(found);
  }

  #named(name) {
    try {
      return this.#get({ target: null, name });
    } catch (error) {
      if (error instanceof MissingError) return '"missing":true';
      throw error;
    }
  }

  #items(handle, count, items) {
    const iterator = this.#kept.get(handle);
    while (items.length < count) {
      const step = iterator.next();
      if (isPromise(step)) {
        return waited(step, (found) => this.#took(found, items) ?? this.#items(handle, count, items));
      }
      const answer = this.#took(step, items);
      if (answer) return answer;
    }
    return `"items":[${items.join(",")}],"end":false`;
  }

  /** The answer, if there are no more. */
  #took({ done, value }, items) {
    if (done) return `"items":[${items.join(",")}],"end":true`;
    items.push(this.#encode(value));
    return undefined;
  }

  #operate(name, operands) {
    // An iterator stays here, also one that is nothing but an object with a function `next`.
    if (name === "iter") return `"value":${this.#keep(iteratorOf(...operands))}`;
    if (name === "hash") return `"value":${this.#handle(operands[0])}`;
    if (!Object.hasOwn(OPERATORS, name)) throw new TypeError(`JavaScript has no operator for '${name}'`);
    return `"value":${this.#encode(OPERATORS[name](...operands))}`;
  }

  /** [owner, value] of a dotted name. */
  #attribute(handle, path) {
    let owner;
    let found = handle === null ? this.#module : this.#kept.get(handle);
    for (const part of path.split(".")) {
      owner = found;
      const key = known(owner, part);
      if (key === undefined) throw new MissingError(path);
      found = owner[key];
    }
    return [owner, found];
  }

  #encode(value) {
    return encode(value, (object) => {
      const number = this.#callbacks.number(object);
      return number === undefined ? this.#keep(object) : tagged("function", `[${number}]`);
    });
  }

  #keep(object) {
    const kind = typeof object === "function" ? "function" : typeof object?.next === "function" ? "iterator" : "";
    return tagged("object", `[${this.#handle(object)},${quote(classOf(object))},"${kind}"]`);
  }

  /** The same object has the same handle. */
  #handle(object) {
    const old = this.#handles.get(object);
    if (old !== undefined) return old;
    const handle = this.#next++;
    this.#kept.set(handle, object);
    this.#handles.set(object, handle);
    return handle;
  }

  #forget(handle) {
    this.#handles.delete(this.#kept.get(handle));
    this.#kept.delete(handle);
  }

  #decode(value) {
    return decode(value, (tag, inner) => {
      if (tag === "object") return this.#kept.get(inner);
      if (tag === "name") return this.#attribute(null, inner)[1];
      return this.#callbacks.resolve(tag, inner);
    });
  }
}

/** Of its class; of a function its own. */
function classOf(object) {
  const kind = typeof object === "function" ? object : Object.getPrototypeOf(object)?.constructor;
  const name = typeof kind === "function" ? kind.name : undefined;
  return typeof name === "string" && name ? name : typeof object === "function" ? "function" : "object";
}

function isClass(found) {
  return /^class\b/.test(sourceOf(found));
}

function isPromise(value) {
  return value instanceof Promise || (value !== null && typeof value === "object" && typeof value.then === "function");
}

/** `use(value)`, once there is one. */
function waited(value, use) {
  return isPromise(value) ? Promise.resolve(value).then(use) : use(value);
}
