// The page on which a candidate works: editor, files, autosave, runs and submissions put together.
import { Autosave } from "./workspace/autosave.js";
import { ask, askName, closeButtons } from "./workspace/dialogs.js";
import { Editor } from "./workspace/editor.js";
import { Files } from "./workspace/files.js";
import { Results } from "./workspace/results.js";
import { startSplitters } from "./workspace/splitter.js";

const SESSION_ENDED = "Your session has ended. Open your invitation link again.";
const element = (id) => document.getElementById(id);
const data = JSON.parse(element("workspace-data").textContent);
const csrf = element("panes").dataset.csrf;
const nonce = document.querySelector("script[data-editor-nonce]").nonce;
const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf, Accept: "application/json" };

const editor = new Editor(element("editor"), nonce, () => autosave.changed());
const files = new Files({ ...data, tabs: element("file-tabs"), panel: element("editor") });
const autosave = new Autosave({ url: data.urls.save, headers, revision: data.revision, collect });
const results = new Results({
  pane: element("results-pane"),
  said: element("results-said"),
  onChange: showButtons,
  onRefused: () => notice(SESSION_ENDED),
});
let sending = false;

function collect() {
  const texts = files.all.filter((file) => file.editable).map((file) => [file.path, editor.textOf(file)]);
  return { language: data.language, files: Object.fromEntries(texts) };
}

// Words -----------------------------------------------------------------------------------------------------------------

function clockTime(moment) {
  return new Date(moment).toLocaleTimeString([], { hour12: false });
}

const saveWords = {
  pending: () => "Not saved yet",
  saving: () => "Saving…",
  saved: ({ at }) => `Saved ${clockTime(at)}`,
  offline: ({ seconds }) => (seconds ? `No connection; trying again in ${seconds} s` : "No connection"),
  refused: () => "Not saved",
  conflict: () => "Not saved",
  closed: () => "The time is up",
};

function showSaveState({ kind, ...detail }) {
  const place = element("save-state");
  place.dataset.kind = kind;
  place.textContent = saveWords[kind](detail);
}

function notice(text) {
  element("notice").textContent = text;
  element("notice").hidden = !text;
}

// Saving ----------------------------------------------------------------------------------------------------------------

const onSaveState = {
  saved: () => notice(""),
  offline: () => notice("There is no connection to the server. Keep this page open: your changes are saved as soon as it is back."),
  refused: ({ message }) => notice(message),
  conflict: ({ revision }) => resolveConflict(revision),
  closed: () => window.location.assign(data.end),
};

autosave.addEventListener("state", ({ detail }) => {
  showSaveState(detail);
  onSaveState[detail.kind]?.(detail);
});

async function resolveConflict(revision) {
  let answer = "";
  while (!answer) answer = await ask(element("conflict-dialog")); // Escape decides nothing: either way something is lost.
  if (answer === "keep") autosave.keepThis(revision);
  else window.location.reload();
}

document.addEventListener("timer:over", async () => {
  await autosave.flush();
  autosave.stopped = true;
});

// Files -----------------------------------------------------------------------------------------------------------------

files.addEventListener("changed", () => autosave.changed());
files.addEventListener("chosen", showFile);

function showFile() {
  const file = files.current;
  element("editor").hidden = !file;
  if (file) editor.show(file);
  else editor.file = null;
  element("file-rename").disabled = element("file-delete").disabled = !file?.editable;
  element("file-new").disabled = !files.mayAdd;
}

async function newFile() {
  const words = { title: "New file", action: "Create", value: "", example: files.example };
  const path = await askName(element("name-dialog"), { ...words, problem: (name) => files.problem(name) });
  if (path === null) return;
  files.add(path);
  editor.focus();
}

async function renameFile() {
  const file = files.current;
  const words = { title: `Rename ${file.path}`, action: "Rename", value: file.path, example: files.example };
  const path = await askName(element("name-dialog"), { ...words, problem: (name) => files.problem(name, file) });
  if (path !== null && path !== file.path) files.rename(file, path);
}

async function deleteFile() {
  const dialog = element("delete-dialog");
  dialog.querySelector("[data-path]").textContent = files.current.path;
  if ((await ask(dialog)) === "ok") files.remove(files.current);
}

element("file-new").addEventListener("click", newFile);
element("file-rename").addEventListener("click", renameFile);
element("file-delete").addEventListener("click", deleteFile);

// Another language: what is here is saved first.
element("language-form")?.addEventListener("submit", async (event) => {
  if (!autosave.isDirty) return;
  event.preventDefault();
  const { target, submitter } = event;
  if (await autosave.flush()) target.requestSubmit(submitter);
});

// Runs and submissions --------------------------------------------------------------------------------------------------

async function handIn(url, tab) {
  if (sending) return;
  sending = true;
  notice("");
  showButtons();
  try {
    if (await autosave.flush()) await post(url, tab);
  } catch {
    notice("There is no connection to the server, so nothing was sent. Try again in a moment.");
  } finally {
    sending = false;
    showButtons();
  }
}

async function post(url, tab, body = { revision: autosave.revision }) {
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  if (response.ok) {
    results.show(tab);
    showPane("results", { onlyIfNarrow: true });
    results.replace(await response.text());
    return;
  }
  const answer = await response.json().catch(() => ({}));
  if (answer.code === "closed") window.location.assign(data.end);
  else if (answer.code === "conflict") await resolveConflict(answer.revision);
  else if (response.status === 404) notice(SESSION_ENDED);
  else notice(answer.message ?? "This did not work. Try again in a moment.");
}

// The button is drawn anew with the panel, so the click is heard further up.
async function withdraw({ withdraw: url, tab, number }) {
  if (number) {
    const dialog = element("withdraw-dialog");
    dialog.querySelector("[data-number]").textContent = number;
    if ((await ask(dialog)) !== "ok") return;
  }
  notice("");
  try {
    await post(url, tab, {});
    results.focusTab();
  } catch {
    notice("There is no connection to the server, so nothing was withdrawn. Try again in a moment.");
  }
}

element("results-pane").addEventListener("click", (event) => {
  const button = event.target.closest("[data-withdraw]");
  if (button) withdraw(button.dataset);
});

const run = () => results.openRun || handIn(data.urls.run, "visible");
const submit = () => results.openSubmission || handIn(data.urls.submit, "submissions");

function showButtons() {
  const [runButton, submitButton] = [element("run"), element("submit")];
  runButton.setAttribute("aria-disabled", String(sending || results.openRun));
  submitButton.setAttribute("aria-disabled", String(sending || results.openSubmission));
  runButton.textContent = results.openRun ? "Running…" : "Run visible tests";
  submitButton.textContent = results.openSubmission ? "Being graded…" : "Submit";
}

element("run").addEventListener("click", run);
element("submit").addEventListener("click", submit);

// Before the editor sees the key, so that it works wherever the focus is.
document.addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.shiftKey) submit();
    else run();
  },
  { capture: true },
);

// Narrow pages show one part at a time ------------------------------------------------------------------------------------

function showPane(name, { onlyIfNarrow = false } = {}) {
  if (onlyIfNarrow && getComputedStyle(document.querySelector(".pane-switch")).display === "none") return;
  element("panes").dataset.pane = name;
  for (const button of document.querySelectorAll(".pane-switch button")) {
    button.setAttribute("aria-pressed", String(button.dataset.pane === name));
  }
}

for (const button of document.querySelectorAll(".pane-switch button")) {
  button.addEventListener("click", () => showPane(button.dataset.pane));
}

closeButtons();
startSplitters();
files.draw();
showFile();
showButtons();
if (data.savedAt) showSaveState({ kind: "saved", at: data.savedAt });
