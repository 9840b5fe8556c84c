// The clock of a sitting. The server decides when time is up; this only shows what it last said.
const WARNINGS = [15, 5, 1]; // minutes
const LAST = 4; // seconds before the end in which all is saved every second
const GRACE = 9000; // milliseconds; the server's is a little longer
const JITTER = 30; // seconds that two answers of the server may differ by though no time was given back

function clock(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (parts[0] === 0) parts.shift();
  return parts.map((part, index) => (index ? String(part).padStart(2, "0") : String(part))).join(":");
}

class Timer {
  constructor(element) {
    this.element = element;
    this.face = element.querySelector("[data-timer-face]");
    this.said = document.querySelector("[data-timer-said]");
    this.announced = new Set();
    this.set(Number(element.dataset.secondsLeft));
    for (const minutes of WARNINGS) {
      // What has passed already is not news: a page that is opened late says nothing about earlier marks.
      if (this.left() < minutes * 60) this.announced.add(minutes);
    }
  }

  set(secondsLeft) {
    if (secondsLeft > this.left() + JITTER) {
      // Time was given back: marks that lie ahead again will be news again.
      this.announced.forEach((minutes) => secondsLeft > minutes * 60 && this.announced.delete(minutes));
    }
    this.end = performance.now() + secondsLeft * 1000;
    this.show();
  }

  left() {
    return (this.end - performance.now()) / 1000;
  }

  show() {
    const left = this.left();
    this.face.textContent = clock(left);
    this.element.classList.toggle("timer-soon", left <= 15 * 60);
    this.element.classList.toggle("timer-urgent", left <= 5 * 60);
    for (const minutes of WARNINGS) {
      if (left > minutes * 60 || this.announced.has(minutes)) continue;
      this.announced.add(minutes);
      if (this.said) this.said.textContent = `${minutes} ${minutes === 1 ? "minute" : "minutes"} left.`;
    }
    if (left <= LAST && left > 0) document.dispatchEvent(new Event("timer:last"));
    if (left <= 0) this.over();
  }

  over() {
    if (this.isOver) return;
    this.isOver = true;
    clearInterval(this.ticking);
    // Whoever has something to save adds a promise; the server takes what arrives within its grace.
    const saving = [];
    document.dispatchEvent(new CustomEvent("timer:over", { detail: saving }));
    const enough = new Promise((resolve) => setTimeout(resolve, GRACE));
    Promise.race([Promise.allSettled(saving), enough]).then(() => window.location.assign(this.element.dataset.end));
  }

  async ask() {
    try {
      const response = await fetch(this.element.dataset.clock, { headers: { Accept: "application/json" } });
      if (response.ok) this.set((await response.json()).seconds_left);
    } catch {
      // Offline: the last answer goes on counting.
    }
  }

  run() {
    this.ticking = setInterval(() => this.show(), 1000);
    document.addEventListener("timer:set", (event) => this.set(event.detail));
    // A machine that slept may have stopped the clock that we count with.
    document.addEventListener("visibilitychange", () => document.hidden || this.ask());
    window.addEventListener("pageshow", (event) => event.persisted && this.ask());
  }
}

export function startTimers() {
  for (const element of document.querySelectorAll("[data-timer]")) new Timer(element).run();
}
