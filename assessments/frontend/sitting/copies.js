// What was typed and is not on the server yet, kept in this browser (IndexedDB), so that a reload, a closed tab or a
// lost connection costs nothing. A copy belongs to one page: {id, attempt, position, page, number, language, revision,
// base, files, includes, at}. It is removed as soon as the server has it, and at the end of the sitting.
import { openDB } from "idb";

const NAME = "touchstone";
const STORE = "copies";
const OPENING = 2000; // milliseconds; some private windows never answer
const LONGEST = 8 * 24 * 3600 * 1000; // No sitting lasts longer: what is older was left behind.
const ALIVE = 400; // milliseconds to wait for a page that is just leaving

const range = (prefix) => IDBKeyRange.bound(prefix, `${prefix}\uffff`);

export class Copies {
  // null where the browser keeps nothing.
  static async open() {
    try {
      const opening = openDB(NAME, 1, { upgrade: (db) => db.createObjectStore(STORE, { keyPath: "id" }) });
      const late = new Promise((resolve) => setTimeout(resolve, OPENING));
      const db = await Promise.race([opening, late]);
      return db ? new Copies(db) : null;
    } catch {
      return null;
    }
  }

  constructor(db) {
    this.db = db;
  }

  // Committed at once: what was asked for is written even if the page ends now.
  write(copy) {
    return this.change((store) => store.put({ ...copy, id: `${copy.attempt}/${copy.position}/${copy.page}`, at: Date.now() }));
  }

  remove(id) {
    return this.change((store) => store.delete(id));
  }

  removeAttempt(attempt) {
    return this.change((store) => store.delete(range(`${attempt}/`)));
  }

  async change(act) {
    try {
      const transaction = this.db.transaction(STORE, "readwrite");
      act(transaction.store).catch(() => {});
      transaction.commit();
      await transaction.done;
      return true;
    } catch {
      return false; // Full, or taken away: the page is told by what this gives.
    }
  }

  // The copies of an attempt, or of one of its challenges; the oldest first.
  async of(attempt, position = null) {
    try {
      const found = await this.db.getAll(STORE, range(position === null ? `${attempt}/` : `${attempt}/${position}/`));
      return found.sort((a, b) => a.at - b.at);
    } catch {
      return [];
    }
  }

  async removeOld() {
    const all = await this.db.getAll(STORE).catch(() => []);
    for (const copy of all) if (Date.now() - copy.at > LONGEST) await this.remove(copy.id);
  }
}

// A page holds a lock as long as it lives, so that others leave its copy alone.
const lockName = (page) => `touchstone-page-${page}`;

export function newPage() {
  const page = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  navigator.locks?.request(lockName(page), () => new Promise(() => {})).catch(() => {});
  return page;
}

// Without locks (a page that came unencrypted) every other page is taken for gone: at worst both versions are shown.
export async function isAlive(page) {
  if (!navigator.locks) return false;
  try {
    return await navigator.locks.request(lockName(page), { signal: AbortSignal.timeout(ALIVE) }, () => false);
  } catch {
    return true;
  }
}
