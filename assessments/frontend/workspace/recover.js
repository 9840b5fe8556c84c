// What an earlier page in this browser had typed and could not save, put together with what the server has.
import { Copies, isAlive, newPage } from "../sitting/copies.js";
import { merge, same } from "./merge.js";

// Gives {copies, place, files, includes, taken, conflict, otherLanguages}: `files` is what the editor starts with, `taken`
// the copies that are part of it, `conflict` what the server has instead where a person must decide.
export async function recover({ attempt, position, language, files, savedBy, savedNumber }) {
  const copies = await Copies.open();
  const place = { attempt, position, page: newPage() };
  const start = { copies, place, files, includes: {}, taken: [], conflict: null, otherLanguages: new Set() };
  if (!copies) return start;
  await copies.removeOld();
  for (const copy of await copies.of(attempt, position)) {
    if (await isAlive(copy.page)) continue;
    if (copy.page === savedBy && copy.number <= savedNumber) await copies.remove(copy.id);
    else if (copy.language !== language) start.otherLanguages.add(copy.language);
    else take(start, copy, files);
  }
  return start;
}

function take(start, copy, stored) {
  start.taken.push(copy.id);
  Object.assign(start.includes, copy.includes, { [copy.page]: copy.number });
  if (same(copy.files, start.files)) return;
  const { files, conflicts } = merge(copy.base, copy.files, start.files);
  start.files = files;
  if (conflicts.length) start.conflict = { theirs: stored, paths: [...(start.conflict?.paths ?? []), ...conflicts] };
}
