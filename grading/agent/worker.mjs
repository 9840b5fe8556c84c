// One test's thread: loads the candidate's module, then answers. To the module it looks like a process of its own.

import { syncBuiltinESMExports } from "node:module";
import { pathToFileURL } from "node:url";
import threads from "node:worker_threads";
import { failure } from "./errors.mjs";
import { Objects } from "./objects.mjs";

const LINE_BYTES = 8 * 1024 * 1024;
const WAITING_MILLISECONDS = 1000;
const { parentPort, receiveMessageOnPort } = threads;
const { file, name, rung } = threads.workerData;
const send = parentPort.postMessage.bind(parentPort);
const parse = JSON.parse;
const bytesOf = Buffer.byteLength;
/** Numbers of the questions that are not answered yet, the innermost last. */
const open = [];
let objects;

/** `fields` of an answer to the question, or of a call while it is open. */
function tell(question, fields) {
  const line = `{"q":${question},${fields}}`;
  send(bytesOf(line) > LINE_BYTES ? `{"q":${question},"refused":"large"}` : line);
}

/** Calls a function of the test. Whatever is asked before the reply is answered first; nothing else runs meanwhile. */
function ask(fields) {
  if (!open.length) throw new Error("a function of the test can be called only while the test waits");
  tell(open.at(-1), fields);
  for (;;) {
    const told = parse(next());
    if ("reply" in told) return told;
    open.push(told.q);
    const answer = objects.answer(told);
    open.pop();
    const isLate = typeof answer !== "string";
    if (isLate) answer.catch(() => {});
    tell(told.q, isLate ? `"unfit":"a function that is asynchronous"` : answer);
  }
}

/** The next line, as soon as there is one. */
function next() {
  for (;;) {
    const heard = Atomics.load(rung, 0);
    const found = receiveMessageOnPort(parentPort);
    if (found) return found.message;
    Atomics.wait(rung, 0, heard, WAITING_MILLISECONDS);
  }
}

async function answer(line) {
  const request = parse(line);
  open.push(request.q);
  const told = await objects.answer(request);
  open.pop();
  tell(request.q, told);
}

async function load() {
  if (!file) throw new Error(`Cannot find the module '${name}'`);
  const found = await import(pathToFileURL(file).href);
  const isObject = found.default !== null && ["object", "function"].includes(typeof found.default);
  return isObject ? { ...found.default, ...found } : { ...found };
}

Object.assign(threads, { isMainThread: true, parentPort: null, threadId: 0, workerData: null });
syncBuiltinESMExports();
try {
  const module = await load();
  objects = new Objects(module, ask);
  let turn = Promise.resolve();
  parentPort.on("message", (line) => {
    turn = turn.then(() => answer(line));
  });
  send('{"loaded":true}');
} catch (error) {
  const text = failure(error);
  console.error(text);
  send(JSON.stringify({ failed: text.toWellFormed?.() ?? text }));
}
