// Saves by itself: a moment after the last change, at the latest some seconds after the first one. One request at a
// time; what cannot be sent is tried again, ever less often. Until the server has it, a copy is kept in this browser.
//
// The server keeps one state. Each save says which revision it was made from, which page makes it and which of the
// page's saves it is, and what it took over from a page before (`includes`); so what comes twice or late is no
// conflict, and what another window saved meanwhile is told (409, with what is there).
const QUIET = 800;
const LATEST = 5000;
const COPY = 100;
const RETRIES = [2, 4, 8, 15, 30]; // seconds
const KEPT_ALIVE = 60_000; // bytes; such a request outlives its page
const BYTES_PER_SECOND = 200 * 1024; // The server takes a little more over time.

const AGAIN = "again";

const size = (text) => new TextEncoder().encode(text).length;

export class Autosave extends EventTarget {
  // collect() gives {language, files}; `place` is {attempt, position, page}; `copies` may be null.
  constructor({ url, headers, revision, base, includes, collect, onConflict, copies, place }) {
    super();
    Object.assign(this, { url, headers, revision, base, includes, collect, onConflict, copies, place });
    this.changes = 0;
    this.saved = 0;
    this.failures = 0;
    this.lastBytes = 0;
    this.stopped = false;
    window.addEventListener("online", () => this.isDirty && this.flush());
    window.addEventListener("offline", () => this.isDirty && this.tell("offline"));
    window.addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => document.hidden && this.leave());
    window.addEventListener("beforeunload", (event) => this.isAtRisk && event.preventDefault());
  }

  get isDirty() {
    return this.saved < this.changes;
  }

  // Whether something would be lost if the page ended now.
  get isAtRisk() {
    return this.isDirty && !this.stopped && !this.isCopied;
  }

  changed() {
    if (!this.isDirty) this.since = Date.now();
    this.changes += 1;
    this.copyTimer ??= setTimeout(() => this.copy(), COPY);
    if (!this.failures) this.tell("pending");
    const quiet = QUIET + (1000 * this.lastBytes) / BYTES_PER_SECOND;
    if (!this.waiting) this.later(Math.max(0, Math.min(quiet, this.since + Math.max(LATEST, quiet) - Date.now())));
  }

  later(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), milliseconds);
  }

  // The copy in this browser, of what is not on the server.
  copy() {
    clearTimeout(this.copyTimer);
    this.copyTimer = null;
    if (!this.copies || !this.isDirty) return;
    const { revision, base, includes } = this;
    this.copying = this.copies.write({ ...this.place, ...this.collect(), number: this.changes, revision, base, includes });
    this.copying.then((isWritten) => {
      this.isCopied = isWritten;
      if (!isWritten) this.tell("uncopied");
    });
  }

  // Saves what is not saved yet. True if everything is.
  flush() {
    clearTimeout(this.timer);
    this.waiting = false;
    this.running ??= this.run().finally(() => (this.running = null));
    return this.running;
  }

  async run() {
    while (this.isDirty && !this.stopped) {
      const upTo = this.changes;
      const draft = this.collect();
      this.tell("saving");
      const outcome = await this.send(draft, upTo);
      if (outcome === AGAIN) continue;
      if (!outcome) return false;
      this.saved = upTo;
      this.since = Date.now();
      if (!this.isDirty) await this.forget();
    }
    return !this.isDirty;
  }

  async forget() {
    await this.copying;
    if (!this.isDirty) await this.copies?.remove(`${this.place.attempt}/${this.place.position}/${this.place.page}`);
  }

  async send(draft, number) {
    const body = this.body(draft, number);
    let response;
    try {
      response = await this.post(body);
    } catch {
      return this.tryAgain();
    }
    if (response.status >= 500) return this.tryAgain();
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return this.accept(answer, draft);
    return this.refuse(response, answer, draft);
  }

  body(draft, number) {
    const { revision, includes } = this;
    return JSON.stringify({ ...draft, revision, page: this.place.page, number, includes });
  }

  async post(body) {
    const request = { method: "POST", headers: this.headers(), body };
    this.lastBytes = size(body);
    try {
      return await fetch(this.url, { ...request, keepalive: this.lastBytes < KEPT_ALIVE });
    } catch (error) {
      if (!navigator.onLine || this.lastBytes >= KEPT_ALIVE) throw error;
      return fetch(this.url, request); // All that may outlive the page together was too much.
    }
  }

  accept(answer, draft) {
    this.failures = 0;
    this.revision = answer.revision;
    this.base = draft.files;
    this.includes = {};
    this.tell("saved", { at: answer.saved_at });
    document.dispatchEvent(new CustomEvent("timer:set", { detail: answer.seconds_left }));
    return true;
  }

  async refuse(response, answer, draft) {
    if (response.status === 429) return this.tryAgain(Number(response.headers.get("Retry-After")) || 5, "waiting");
    if (response.status === 403 || response.status === 404) return this.tryAgain(null, "refused");
    this.failures = 0;
    if (response.status === 409 && answer.files) return this.settle(answer, draft);
    if (response.status === 410) {
      this.stopped = true;
      this.tell("closed");
    } else {
      this.tell("refused", { message: answer.message });
    }
    return false;
  }

  // Something else is stored: `onConflict` puts both together in the editor, and that is saved.
  async settle(answer, draft) {
    this.tell("conflict");
    await this.onConflict(answer, draft);
    this.base = answer.files;
    this.revision = answer.revision;
    this.changes += 1;
    return AGAIN;
  }

  tryAgain(seconds = null, kind = "offline") {
    const wait = seconds ?? RETRIES[Math.min(this.failures, RETRIES.length - 1)];
    this.failures += 1;
    this.tell(kind, { seconds: wait });
    this.later(wait * 1000);
    this.waiting = true; // More typing does not make it sooner.
    return false;
  }

  // The page may be about to end: keep a copy, and send what outlives it.
  leave() {
    if (!this.isDirty || this.stopped) return;
    this.copy();
    const body = this.body(this.collect(), this.changes);
    if (size(body) >= KEPT_ALIVE) return;
    fetch(this.url, { method: "POST", headers: this.headers(), body, keepalive: true }).catch(() => {});
  }

  tell(kind, detail = {}) {
    this.dispatchEvent(new CustomEvent("state", { detail: { kind, ...detail } }));
  }
}
