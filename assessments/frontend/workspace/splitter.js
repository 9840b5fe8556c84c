// A divider that moves with the pointer, the arrow keys, Home and End. Where it stands is remembered in this browser.
class Splitter {
  constructor(element) {
    this.element = element;
    this.kind = element.dataset.splitter;
    this.low = Number(element.dataset.low);
    this.high = Number(element.dataset.high);
    element.setAttribute("aria-valuemin", this.low);
    element.setAttribute("aria-valuemax", this.high);
    this.set(Number(this.read() ?? element.dataset.start));
    element.addEventListener("keydown", (event) => this.key(event));
    element.addEventListener("pointerdown", (event) => this.grab(event));
    element.addEventListener("dblclick", () => this.set(Number(element.dataset.start)));
  }

  read() {
    try {
      return localStorage.getItem(`split-${this.kind}`);
    } catch {
      return null;
    }
  }

  set(percent) {
    this.percent = Math.min(this.high, Math.max(this.low, Number.isFinite(percent) ? percent : this.low));
    this.element.setAttribute("aria-valuenow", Math.round(this.percent));
    this.element.parentElement.style.setProperty(`--split-${this.kind}`, `${this.percent}%`);
    try {
      localStorage.setItem(`split-${this.kind}`, String(this.percent));
    } catch {
      // Not remembered, then.
    }
  }

  key(event) {
    const [less, more] = this.kind === "columns" ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    const to = { [less]: this.percent - 2, [more]: this.percent + 2, Home: this.low, End: this.high }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.set(to);
  }

  grab(event) {
    event.preventDefault();
    this.element.focus();
    this.element.setPointerCapture(event.pointerId);
    const follow = (moved) => {
      const box = this.element.parentElement.getBoundingClientRect();
      const share = this.kind === "columns" ? (moved.clientX - box.left) / box.width : (moved.clientY - box.top) / box.height;
      this.set(share * 100);
    };
    this.element.addEventListener("pointermove", follow);
    this.element.addEventListener("lostpointercapture", () => this.element.removeEventListener("pointermove", follow), { once: true });
  }
}

export function startSplitters() {
  for (const element of document.querySelectorAll("[data-splitter]")) new Splitter(element);
}
