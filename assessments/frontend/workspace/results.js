// The results panel: two tabs, asked for anew (htmx) while anything is unfinished. Its content is replaced only when
// it has changed; then what was unfolded stays so, and what is new is said once.
export class Results {
  constructor({ pane, said, onChange, onRefused }) {
    Object.assign(this, { pane, said, onChange, onRefused });
    this.tabs = [...pane.querySelectorAll("[role=tab]")];
    this.heard = new Map();
    this.unfolded = new Set();
    for (const tab of this.tabs) tab.addEventListener("click", () => this.show(tab.dataset.tab));
    pane.querySelector("[role=tablist]").addEventListener("keydown", (event) => this.move(event));
    pane.addEventListener("toggle", (event) => this.remember(event.target), true);
    document.body.addEventListener("htmx:afterSettle", () => this.refreshed());
    this.stopWhenRefused();
    this.listen(false);
    this.show(this.openSubmission ? "submissions" : "visible");
  }

  get panel() {
    return document.getElementById("results");
  }

  get openRun() {
    return this.panel.dataset.openRun === "yes";
  }

  get openSubmission() {
    return this.panel.dataset.openSubmission === "yes";
  }

  // A revoked invitation or a session that is over: asking again would not help.
  stopWhenRefused() {
    document.body.addEventListener("htmx:responseError", ({ detail }) => {
      if (detail.xhr.status >= 500) return;
      this.isRefused = true;
      this.onRefused();
    });
    document.body.addEventListener("htmx:beforeRequest", (event) => this.isRefused && event.preventDefault());
  }

  replace(html) {
    window.htmx.swap("#results", html, { swapStyle: "outerHTML" });
  }

  show(name) {
    this.pane.dataset.tab = name;
    for (const tab of this.tabs) {
      const chosen = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
  }

  // What had the focus is gone.
  focusTab() {
    this.tabs.find((tab) => tab.getAttribute("aria-selected") === "true").focus();
  }

  move(event) {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = this.tabs.find((tab) => tab.getAttribute("aria-selected") !== "true");
    this.show(other.dataset.tab);
    other.focus();
  }

  remember(details) {
    if (!details.id) return;
    if (details.open) this.unfolded.add(details.id);
    else this.unfolded.delete(details.id);
  }

  refreshed() {
    for (const id of this.unfolded) document.getElementById(id)?.setAttribute("open", "");
    this.listen(true);
    // A failure of ours may have moved the deadline.
    document.dispatchEvent(new CustomEvent("timer:set", { detail: Number(this.panel.dataset.secondsLeft) }));
    this.onChange();
  }

  listen(aloud) {
    for (const part of this.panel.querySelectorAll(".results-part")) {
      const text = part.querySelector("[data-say]")?.dataset.say;
      if (!text || this.heard.get(part.id) === text) continue;
      this.heard.set(part.id, text);
      if (aloud) this.said.textContent = text;
    }
  }
}
