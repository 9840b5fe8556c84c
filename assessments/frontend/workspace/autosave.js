// Saves by itself: a moment after the last change, at the latest some seconds after the first one. One request at a
// time; what cannot be sent is tried again, ever less often. The server keeps one state; a second window that has an
// older one is told (409).
const QUIET = 800;
const LATEST = 5000;
const RETRIES = [2, 4, 8, 15, 30]; // seconds

export class Autosave extends EventTarget {
  // collect() gives {language, files}.
  constructor({ url, headers, revision, collect }) {
    super();
    Object.assign(this, { url, headers, revision, collect });
    this.changes = 0;
    this.saved = 0;
    this.failures = 0;
    this.stopped = false;
    window.addEventListener("online", () => this.isDirty && this.flush());
    window.addEventListener("offline", () => this.isDirty && this.tell("offline"));
    window.addEventListener("pagehide", () => this.sendOnLeaving());
    window.addEventListener("beforeunload", (event) => this.isDirty && !this.stopped && event.preventDefault());
  }

  get isDirty() {
    return this.saved < this.changes;
  }

  changed() {
    if (!this.isDirty) this.since = Date.now();
    this.changes += 1;
    if (!this.failures) this.tell("pending");
    this.later(Math.max(0, Math.min(QUIET, this.since + LATEST - Date.now())));
  }

  later(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), milliseconds);
  }

  // Saves what is not saved yet. True if everything is.
  flush() {
    clearTimeout(this.timer);
    this.running ??= this.run().finally(() => (this.running = null));
    return this.running;
  }

  async run() {
    while (this.isDirty && !this.stopped) {
      const upTo = this.changes;
      this.tell("saving");
      if (!(await this.send())) return false;
      this.saved = upTo;
      this.since = Date.now();
    }
    return !this.isDirty;
  }

  async send() {
    let response;
    try {
      response = await fetch(this.url, { method: "POST", headers: this.headers, body: this.body() });
    } catch {
      return this.tryAgain();
    }
    if (response.status >= 500) return this.tryAgain();
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return this.accept(answer);
    this.refuse(response.status, answer);
    return false;
  }

  body() {
    return JSON.stringify({ ...this.collect(), revision: this.revision });
  }

  accept(answer) {
    this.failures = 0;
    this.revision = answer.revision;
    this.tell("saved", { at: answer.saved_at });
    document.dispatchEvent(new CustomEvent("timer:set", { detail: answer.seconds_left }));
    return true;
  }

  refuse(status, answer) {
    this.failures = 0;
    if (status === 409) {
      this.stopped = true;
      this.tell("conflict", { revision: answer.revision });
    } else if (status === 410) {
      this.stopped = true;
      this.tell("closed");
    } else {
      this.tell("refused", { message: answer.message ?? "Your session has ended. Open your invitation link again." });
    }
  }

  tryAgain() {
    const seconds = RETRIES[Math.min(this.failures, RETRIES.length - 1)];
    this.failures += 1;
    this.tell("offline", { seconds });
    this.later(seconds * 1000);
    return false;
  }

  // After a conflict: what is here replaces what is there.
  keepThis(revision) {
    this.revision = revision;
    this.stopped = false;
    this.flush();
  }

  sendOnLeaving() {
    if (!this.isDirty || this.stopped) return;
    // The browser finishes this request after the page is gone, if it is not too large (64 KiB).
    fetch(this.url, { method: "POST", headers: this.headers, body: this.body(), keepalive: true }).catch(() => {});
  }

  tell(kind, detail = {}) {
    this.dispatchEvent(new CustomEvent("state", { detail: { kind, ...detail } }));
  }
}
