// Brings an earlier submission, the starter or a version that gave way back into the editor, with one click. That is an
// edit like any other: what was there before is kept, can be had back at once, and stays in the list.
import { say } from "../moments.js";

const KEPT = 8;
const WANTED = "touchstone-restore"; // in the session storage: what to restore after the language was changed

export class Restore {
  constructor({ place, copies, language, panes, list, languageForm, current, adopt, notice }) {
    Object.assign(this, { place, copies, language, list, languageForm, current, adopt, notice });
    this.kept = [];
    panes.addEventListener("click", (event) => {
      const { restore: url, what, kept } = event.target.closest("[data-restore], [data-kept]")?.dataset ?? {};
      if (url) this.fetch(url, what);
      if (kept) this.put(this.kept[Number(kept)].files, `“${this.kept[Number(kept)].label}”`);
    });
  }

  // After the page is ready: what earlier pages kept, and what was asked for before the language was changed.
  async begin() {
    const found = (await this.copies?.of(this.place.attempt, this.keptPosition)) ?? [];
    this.kept = found.filter((version) => version.language === this.language);
    this.draw();
    const wanted = JSON.parse(sessionStorage.getItem(WANTED) ?? "null");
    sessionStorage.removeItem(WANTED);
    if (wanted?.language === this.language && wanted.attempt === this.place.attempt) await this.fetch(wanted.url, wanted.what);
  }

  get keptPosition() {
    return `kept-${this.place.position}`;
  }

  async fetch(url, what) {
    let answer;
    try {
      const response = await fetch(url, { headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(String(response.status));
      answer = await response.json();
    } catch {
      this.notice("It could not be fetched, so nothing was changed. Try again in a moment.");
      return;
    }
    if (answer.language === this.language) await this.put(answer.files, what);
    else this.change(answer.language, url, what);
  }

  change(language, url, what) {
    const button = [...(this.languageForm?.elements ?? [])].find((one) => one.value === language);
    if (!button) return;
    sessionStorage.setItem(WANTED, JSON.stringify({ language, url, what, attempt: this.place.attempt }));
    this.languageForm.requestSubmit(button);
  }

  async put(files, what) {
    await this.keep(`Before ${what} was restored`, this.current());
    this.adopt(files);
    this.notice(`${what} is in the editor. What was there before is kept under Submissions.`);
  }

  async keep(label, files) {
    const at = Date.now();
    const version = { ...this.place, position: this.keptPosition, page: `${at}-${this.kept.length}`, language: this.language, label, files, at };
    this.kept.push(version);
    this.draw();
    await this.copies?.write(version);
    while (this.kept.length > KEPT) {
      const oldest = this.kept.shift();
      await this.copies?.remove(`${oldest.attempt}/${oldest.position}/${oldest.page}`);
    }
    this.draw();
  }

  draw() {
    this.list.hidden = !this.kept.length;
    this.list.querySelector("ul").replaceChildren(...this.kept.map((version, index) => this.line(version, index)).reverse());
  }

  line({ label, at }, index) {
    const [line, words, button] = ["li", "span", "button"].map((name) => document.createElement(name));
    words.textContent = `${label}, ${say(new Date(at), "time")}`;
    Object.assign(button, { type: "button", className: "btn btn-sm btn-secondary", textContent: "Restore" });
    button.setAttribute("aria-label", `Restore: ${label}`);
    button.dataset.kept = String(index);
    line.append(words, button);
    return line;
  }
}
