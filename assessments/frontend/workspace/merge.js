// Two versions of a challenge's files that come from the same base: what both changed in different places is put
// together; where both changed the same place, both are given.
import { Chunk } from "@codemirror/merge";
import { Text } from "@codemirror/state";

export function same(one, other) {
  const paths = Object.keys(one);
  return paths.length === Object.keys(other).length && paths.every((path) => one[path] === other[path]);
}

// Gives {files, conflicts}: what can be decided, and the paths of which `files` holds mine and theirs differs.
export function merge(base, mine, theirs) {
  const files = {};
  const conflicts = [];
  for (const path of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
    const [was, here, there] = [base[path], mine[path], theirs[path]];
    let text = here === was ? there : here;
    if (here !== was && there !== was && here !== there) {
      text = mergeText(was, here, there);
      if (text === undefined) {
        conflicts.push(path);
        text = here ?? there; // Deleted here and changed there: the changed one stays.
      }
    }
    if (text !== undefined) files[path] = text;
  }
  return { files, conflicts };
}

// The changed lines of both in one text, or undefined if any of them touch.
function mergeText(was, here, there) {
  if (was === undefined || here === undefined || there === undefined) return undefined;
  const both = [changes(was, here), changes(was, there)];
  if (apply(was, both[0]) !== here || apply(was, both[1]) !== there) return undefined;
  const all = both.flat().sort((a, b) => a.from - b.from || a.to - b.to);
  if (all.some((change, index) => index > 0 && change.from <= all[index - 1].to)) return undefined;
  return apply(was, all);
}

// One more line end, so that the last line is as any other.
const closed = (text) => `${text}\n`;
const lines = (text) => Text.of(closed(text).split("\n"));

function changes(was, now) {
  const chunks = Chunk.build(lines(was), lines(now));
  return chunks.map(({ fromA, toA, fromB, toB }) => ({ from: fromA, to: toA, text: closed(now).slice(fromB, toB) }));
}

function apply(was, list) {
  let text = "";
  let end = 0;
  for (const change of list) {
    text += closed(was).slice(end, change.from) + change.text;
    end = change.to;
  }
  return (text + closed(was).slice(end)).slice(0, -1);
}
