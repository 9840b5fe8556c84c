// What every page has: htmx, the switch between light and dark, timers, copy buttons, guarded forms.
import htmx from "htmx.org";
import { showMoments, tellZone } from "./moments.js";
import { startTimers } from "./timer.js";

window.htmx = htmx;

function switchTheme() {
  const button = document.querySelector("[data-theme-switch]");
  if (!button) return;
  const show = () => {
    const dark = document.documentElement.dataset.bsTheme === "dark";
    button.setAttribute("aria-pressed", String(dark));
  };
  button.addEventListener("click", () => {
    const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    document.dispatchEvent(new CustomEvent("theme:choose", { detail: next }));
  });
  document.addEventListener("theme", show);
  show();
}

// <button data-copy="#id-of-an-input">Copy</button>
function copyButtons() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.querySelector(button.dataset.copy);
    const text = field.value ?? field.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      field.select?.();
      document.execCommand("copy");
    }
    const before = button.dataset.label ?? button.textContent;
    button.dataset.label = before;
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = before), 2000);
  });
}

// A form with data-once is sent once, however often its button is clicked.
function guardForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    for (const button of form.querySelectorAll("button[type=submit], button:not([type])")) {
      button.setAttribute("aria-disabled", "true");
    }
  });
  // Coming back with the browser's back button shows the page as it was left: let the form be sent again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
    }
  });
}

tellZone();
switchTheme();
copyButtons();
guardForms();
startTimers();
showMoments(document);
document.body.addEventListener("htmx:load", (event) => showMoments(event.detail.elt));
