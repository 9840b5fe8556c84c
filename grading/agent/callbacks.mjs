// The test's functions and iterators, as a candidate's code has them: the judge calls what they stand for.

import { UnfitError } from "./values.mjs";

const quote = JSON.stringify;
const [POSITIONAL, ANY_NUMBER] = [[0, 1], 2];
/** Of JavaScript's errors, those that Python has under these names. */
const KINDS = { TypeError, SyntaxError, ValueError: RangeError, OverflowError: RangeError, NameError: ReferenceError };

/** What a suite may pass of Python's own, where JavaScript has the like. */
const BUILT_IN = {
  str: (value) => (value === null || value === undefined ? "None" : String(value)),
  int: (value) => Math.trunc(Number(value)),
  float: Number,
  bool: (value) => Boolean(value),
  abs: (value) => (typeof value === "bigint" && value < 0n ? -value : typeof value === "bigint" ? value : Math.abs(value)),
  len: (value) => value.length ?? value.size,
  "str.upper": (text) => text.toUpperCase(),
  "str.lower": (text) => text.toLowerCase(),
  "str.strip": (text) => text.trim(),
  "_operator.add": (a, b) => a + b,
  "_operator.sub": (a, b) => a - b,
  "_operator.mul": (a, b) => a * b,
  "_operator.truediv": (a, b) => a / b,
  "_operator.mod": (a, b) => ((a % b) + b) % b,
  "_operator.neg": (a) => -a,
  "_operator.lt": (a, b) => a < b,
  "_operator.gt": (a, b) => a > b,
  "_operator.eq": (a, b) => a === b,
};

/** Those of one test. */
export class Callbacks {
  #ask;
  #encode;
  #decode;
  #made = new Map();
  #numbers = new Map();
  #errors = new Map();

  constructor(ask, encode, decode) {
    this.#ask = ask;
    this.#encode = encode;
    this.#decode = decode;
  }

  /** What a 'function', an 'iterator' or a 'builtin' is here: the same one whenever the same one comes. */
  resolve(tag, told) {
    if (tag === "builtin") return builtIn(told);
    if (tag !== "function" && tag !== "iterator") throw new UnfitError(tag);
    const number = tag === "iterator" ? told : told[0];
    if (!this.#made.has(number)) {
      const made = tag === "iterator" ? this.#iterator(number) : this.#function(...told);
      this.#made.set(number, made);
      this.#numbers.set(made, number);
    }
    return this.#made.get(number);
  }

  /** Of a function of the test that goes back to it. */
  number(value) {
    return this.#numbers.get(value);
  }

  /** Of an error that left a function of the test, and now leaves the candidate's code. */
  numberOfError(error) {
    return this.#errors.get(error);
  }

  /** JavaScript passes more than is asked for (`[1].map(f)` calls f(1, 0, [1])), which Python refuses. */
  #function(number, name, parameters, isAsync) {
    const most = mostArguments(parameters);
    const call = (...args) => this.#call(number, args.slice(0, most));
    const made = isAsync ? async (...args) => call(...args) : call;
    const needed = (parameters ?? []).filter(([, kind, hasDefault]) => POSITIONAL.includes(kind) && !hasDefault);
    Object.defineProperty(made, "name", { value: name });
    Object.defineProperty(made, "length", { value: needed.length });
    return made;
  }

  *#iterator(number) {
    for (;;) {
      const reply = this.#ask(`"call":${number},"args":[],"kwargs":{}`);
      if (reply.end) return;
      yield this.#value(reply);
    }
  }

  #call(number, args) {
    return this.#value(this.#ask(`"call":${number},"args":[${args.map(this.#encode).join(",")}],"kwargs":{}`));
  }

  #value(reply) {
    if (reply.error) throw this.#error(reply.error);
    return this.#decode(reply.value);
  }

  #error({ names, args, yours }) {
    const like = names.find((name) => Object.hasOwn(KINDS, name));
    const message = args.length ? this.#decode(args[0]) : "";
    const error = new (like ? KINDS[like] : Error)(typeof message === "string" ? message : quote(message));
    if (error.name !== names[0]) Object.defineProperty(error, "name", { value: names[0], configurable: true });
    this.#errors.set(error, yours);
    return error;
  }
}

function mostArguments(parameters) {
  if (parameters === null || parameters.some(([, kind]) => kind === ANY_NUMBER)) return Infinity;
  return parameters.filter(([, kind]) => POSITIONAL.includes(kind)).length;
}

function builtIn(name) {
  if (!Object.hasOwn(BUILT_IN, name)) throw new UnfitError(name);
  return BUILT_IN[name];
}
