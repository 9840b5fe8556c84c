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
  const found = await copies.of(attempt, position);
  for (const copy of found) {
    if (await isAlive(copy.page)) continue;
    const isStored = copy.page === savedBy && copy.number <= savedNumber;
    if (isStored || found.some((other) => includes(other, copy.page, copy.number))) await copies.remove(copy.id);
    else if (copy.language !== language) start.otherLanguages.add(copy.language);
    else take(start, copy, files, isNewer(copy, savedBy, savedNumber));
  }
  return start;
}

const includes = (copy, page, number) => number <= (copy.includes[page] ?? -1);

// Whether what is stored is an earlier state of this copy: its page's own, or of a page that it took over.
function isNewer(copy, savedBy, savedNumber) {
  return copy.page === savedBy ? savedNumber < copy.number : includes(copy, savedBy, savedNumber);
}

function take(start, copy, stored, replaces) {
  start.taken.push(copy.id);
  Object.assign(start.includes, copy.includes, { [copy.page]: copy.number });
  if (same(copy.files, start.files)) return;
  const { files, conflicts } = merge(replaces ? stored : copy.base, copy.files, start.files);
  start.files = files;
  if (conflicts.length) start.conflict = { theirs: stored, paths: [...(start.conflict?.paths ?? []), ...conflicts] };
}
