// What a candidate's code threw, as it travels; see `PROTOCOL.md`.

const MESSAGE_CHARACTERS = 500;
const NAMES = 20;
const CAUSES = 5;
const FAILURE_CHARACTERS = 1500;
const [FRAMES, PLACE_LINES] = [4, 4];
/** Frames that are none of the candidate's. */
const FRAME = /^\s+at /;
const OURS = /^\s+at .*(node:|\/agent\/\w+\.mjs)/;
const quote = JSON.stringify;
const { entries, getPrototypeOf, hasOwn } = Object;

/** JavaScript's errors under the names that a suite expects, too. */
const ALSO = { RangeError: ["ValueError"], ReferenceError: ["NameError"] };
/** Those that Python has under the same name. */
const SAME = new Map([TypeError, SyntaxError].map((kind) => [kind.prototype, kind.name]));

/** The JSON of a description. `keep(error)` gives a handle, for what else the suite asks of it. */
export function described(error, encodeText, keep, yours) {
  const told = plainly(error, encodeText);
  if (error instanceof Error && told.exact !== "true") told.handle = String(keep(error));
  told.attributes = attributes(error, encodeText);
  if (yours !== undefined) told.yours = String(yours);
  addCause(told, error, encodeText, CAUSES);
  return object(told);
}

function plainly(error, encodeText) {
  const names = namesOf(error);
  const message = textOf(error);
  const thrown = error instanceof Error ? (message ? [message] : []) : [error];
  return {
    type: quote(names[0]),
    names: `[${names.map((name) => quote(name)).join(",")}]`,
    message: quote(message),
    exact: String(error instanceof Error && SAME.get(getPrototypeOf(error)) === names[0]),
    args: travelling(thrown, encodeText),
  };
}

function addCause(told, error, encodeText, left) {
  const cause = error instanceof Error ? quietly(() => error.cause) : undefined;
  if (!(cause instanceof Error) || left === 0) return;
  const inner = plainly(cause, encodeText);
  addCause(inner, cause, encodeText, left - 1);
  told.cause = object(inner);
}

function namesOf(error) {
  const names = [];
  if (error instanceof Error) {
    for (let kind = quietly(() => error.constructor); kind && names.length < NAMES; kind = getPrototypeOf(kind)) {
      if (typeof kind !== "function" || typeof kind.name !== "string" || !kind.name) break;
      names.push(kind.name, ...(hasOwn(ALSO, kind.name) ? ALSO[kind.name] : []));
    }
  }
  return names.length ? names.slice(0, NAMES) : ["Error"];
}

function textOf(error) {
  const message = error instanceof Error ? quietly(() => error.message) : error;
  const text = typeof message === "string" ? message : (quietly(() => String(message)) ?? "");
  return text.slice(0, MESSAGE_CHARACTERS).toWellFormed?.() ?? text.slice(0, MESSAGE_CHARACTERS);
}

function travelling(values, encodeText) {
  const found = quietly(() => values.map(encodeText));
  return found === undefined ? "null" : `[${found.join(",")}]`;
}

function attributes(error, encodeText) {
  const told = {};
  if (error instanceof Error) {
    for (const [key, value] of quietly(() => entries(error)) ?? []) {
      const text = key.startsWith("_") || value == null ? undefined : quietly(() => encodeText(value));
      if (text !== undefined) told[key] = text;
    }
  }
  return object(told);
}

/** undefined where their code throws, or what it has cannot travel. */
function quietly(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function object(texts) {
  return `{${entries(texts).map(([key, text]) => `${quote(key)}:${text}`).join(",")}}`;
}

/** Why a module could not be imported: where, then name and message, then the candidate's own frames, all in a few
 * lines. A class may make its stack what it likes, and give itself a name after that was written.
 */
export function failure(error) {
  if (!(error instanceof Error)) return `Uncaught ${textOf(error)}`;
  const name = quietly(() => error.name);
  const head = [typeof name === "string" && name ? name : "Error", textOf(error)].filter(Boolean).join(": ");
  const stack = quietly(() => error.stack);
  const lines = typeof stack === "string" ? stack.split("\n") : [];
  const frames = lines.filter((line) => FRAME.test(line) && !OURS.test(line)).slice(0, FRAMES);
  const start = lines.findIndex((line) => line.startsWith(kindOf(error)));
  const place = /:\d+$/.test(lines[0] ?? "") && start > 0 ? lines.slice(0, Math.min(start, PLACE_LINES)) : [];
  return [...place, head, ...frames].join("\n").slice(0, FAILURE_CHARACTERS);
}

function kindOf(error) {
  const name = quietly(() => error.constructor.name);
  return typeof name === "string" && name ? name : "Error";
}
