// Serves the functions and classes of a candidate's module to the judge; what `function` and `objects` are for
// Python. Each test has a worker thread of its own (`worker.mjs`), with modules of its own; the main thread only
// carries lines. The next test's worker is started while this one's runs.

import { connect } from "node:net";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";

const LINE_BYTES = 8 * 1024 * 1024;
const TESTS = "tests ";
const END = "end ";
const ENDINGS = [".js", ".mjs", ".cjs"];

const name = process.argv[2];
const file = ENDINGS.map((ending) => join(process.cwd(), name + ending)).find(existsSync);
const judge = connect(Number(process.env.PORT), "127.0.0.1");
judge.setNoDelay(true);

let number = 0;
let current = null;
let spare = null;
let left = 1; // Tests that may come, with the one that runs.

function start() {
  const rung = new Int32Array(new SharedArrayBuffer(4)); // Wakes a thread that waits for nothing but its next line.
  const worker = new Worker(new URL("worker.mjs", import.meta.url), { workerData: { file, name, rung } });
  const child = { worker, rung, waiting: [], tell: null, asked: false };
  const answer = (line) => (child.tell ? child.tell(line) : child.waiting.push(line));
  worker.on("message", (line) => {
    answer(line);
    if (child.asked && spare === null && left > 1) spare = start();
  });
  worker.on("error", (error) => answer(JSON.stringify({ ended: crashed(error) })));
  worker.on("exit", (code) => answer(JSON.stringify({ ended: `ended with exit code ${code}` })));
  return child;
}

/** Of an error that nothing caught, printed as Node.js would. */
function crashed(error) {
  console.error(error);
  return `failed with ${String(error?.name ?? "an error").slice(0, 80)}`;
}

function use(child) {
  const prefix = `${number} `;
  current = child;
  child.tell = (line) => judge.write(prefix + line + "\n");
  for (const line of child.waiting.splice(0)) child.tell(line);
}

async function next(tests) {
  left = tests;
  current.tell = () => {};
  const [ended, prepared] = [current, spare];
  spare = null;
  await ended.worker.terminate();
  number += 1;
  use(prepared ?? start());
}

let received = "";
let turn = Promise.resolve();

function take(line) {
  turn = turn.then(() => {
    if (line.startsWith(END)) return next(Number(line.slice(END.length)));
    if (line.startsWith(TESTS)) {
      left = Number(line.slice(TESTS.length));
      return undefined;
    }
    current.asked = true;
    current.worker.postMessage(line);
    Atomics.add(current.rung, 0, 1);
    Atomics.notify(current.rung, 0);
    return undefined;
  });
}

judge.setEncoding("utf8");
judge.on("data", (data) => {
  received += data;
  if (received.length > 2 * LINE_BYTES) process.exit(1);
  const lines = received.split("\n");
  received = lines.pop();
  lines.forEach(take);
});
judge.on("close", () => process.exit(0));
judge.on("error", () => process.exit(1));
judge.on("connect", () => use(start()));
