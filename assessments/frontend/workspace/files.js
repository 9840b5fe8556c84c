// The files of a challenge as tabs. The server has the last word on names; the checks here only save a round trip.
function pattern(glob) {
  const escaped = glob.replace(/[.+^${}()|\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".").replace(/\[!/g, "[^");
  return new RegExp(`^${escaped}$`, "s");
}

export class Files extends EventTarget {
  constructor({ files, editable, closed, tabs, panel }) {
    super();
    this.all = files.map((file) => ({ path: file.path, text: file.text, editable: file.access === "editable" }));
    this.globs = editable;
    this.editable = editable.map(pattern);
    this.closed = closed.map(pattern);
    this.tabs = tabs;
    this.panel = panel;
    this.current = this.all[0] ?? null;
    tabs.addEventListener("click", (event) => this.open(event.target.closest("[role=tab]")?.dataset.path));
    tabs.addEventListener("keydown", (event) => this.move(event));
  }

  get mayAdd() {
    return this.globs.some((glob) => /[*?[]/.test(glob) || !this.find(glob));
  }

  // A path that would be accepted, to show as an example.
  get example() {
    const missing = this.globs.find((glob) => !/[*?[]/.test(glob) && !this.find(glob));
    const wild = this.globs.find((glob) => glob.startsWith("*."));
    return missing ?? (wild ? `more${wild.slice(1)}` : (this.globs[0] ?? ""));
  }

  find(path) {
    return this.all.find((file) => file.path === path);
  }

  // Why this path cannot be used, or "".
  problem(path, except = null) {
    if (!path) return "A file needs a name.";
    const taken = this.all.find((file) => file !== except && file.path.toLowerCase() === path.toLowerCase());
    if (taken) return `${taken.path} is there already.`;
    if (/^\/|\\|(^|\/)\.{0,2}(\/|$)/.test(path)) return "Use a relative path with forward slashes, such as folder/file.";
    const allowed = this.editable.some((glob) => glob.test(path)) && !this.closed.some((glob) => glob.test(path));
    return allowed ? "" : `Accepted are: ${this.globs.join(", ")}.`;
  }

  add(path) {
    const file = { path, text: "", editable: true };
    this.all.push(file);
    this.sort();
    this.choose(file);
    this.tell("changed");
  }

  rename(file, path) {
    file.path = path;
    this.sort();
    this.choose(file);
    this.tell("changed");
  }

  remove(file) {
    const index = this.all.indexOf(file);
    this.all.splice(index, 1);
    this.choose(this.all[Math.min(index, this.all.length - 1)] ?? null);
    this.tell("changed");
  }

  // Other files in place of the editable ones; `write(file, text)` changes the text of one that stays.
  put(texts, write) {
    for (const file of this.all.filter((one) => one.editable)) {
      if (file.path in texts) write(file, texts[file.path]);
      else this.all.splice(this.all.indexOf(file), 1);
    }
    for (const [path, text] of Object.entries(texts)) {
      if (!this.find(path)) this.all.push({ path, text, editable: true });
    }
    this.sort();
    this.choose(this.all.includes(this.current) ? this.current : (this.all[0] ?? null));
    this.tell("changed");
  }

  sort() {
    this.all.sort((a, b) => b.editable - a.editable || (a.path < b.path ? -1 : 1));
  }

  open(path) {
    const file = path === undefined ? null : this.find(path);
    if (file) this.choose(file);
  }

  choose(file) {
    this.current = file;
    this.draw();
    this.tell("chosen");
  }

  move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const count = this.all.length;
    if (!count || (!step && event.key !== "Home" && event.key !== "End")) return;
    event.preventDefault();
    const index = step ? (this.all.indexOf(this.current) + step + count) % count : event.key === "Home" ? 0 : count - 1;
    this.choose(this.all[index]);
    this.tabs.children[index].focus();
  }

  draw() {
    this.tabs.replaceChildren(...this.all.map((file, index) => this.tab(file, index)));
    this.panel.setAttribute("aria-labelledby", `file-${this.all.indexOf(this.current)}`);
    this.tabs.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  tab(file, index) {
    const tab = document.createElement("button");
    const chosen = file === this.current;
    Object.assign(tab, { type: "button", id: `file-${index}`, tabIndex: chosen ? 0 : -1 });
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-selected", String(chosen));
    tab.setAttribute("aria-controls", this.panel.id);
    tab.dataset.path = file.path;
    tab.textContent = file.path;
    if (!file.editable) {
      const note = document.createElement("span");
      note.className = "file-note";
      note.textContent = "read-only";
      tab.append(" ", note);
    }
    return tab;
  }

  tell(kind) {
    this.dispatchEvent(new Event(kind));
  }
}
