// The page on which a candidate works: editor, files, autosave, runs and submissions put together.
import { say } from "./moments.js";
import { Autosave } from "./workspace/autosave.js";
import { ask, askName, closeButtons } from "./workspace/dialogs.js";
import { Editor } from "./workspace/editor.js";
import { Files } from "./workspace/files.js";
import { merge, same } from "./workspace/merge.js";
import { recover } from "./workspace/recover.js";
import { Restore } from "./workspace/restore.js";
import { Results } from "./workspace/results.js";
import { startSplitters } from "./workspace/splitter.js";

const SESSION_ENDED = "Your session has ended. Open your invitation link again; what you typed is kept in this browser until then.";
const KEPT_HERE = "What you type is kept in this browser; your";
const element = (id) => document.getElementById(id);
const data = JSON.parse(element("workspace-data").textContent);
const csrf = element("panes").dataset.csrf;
const nonce = document.querySelector("script[data-editor-nonce]").nonce;

// Somebody who signs in elsewhere in this browser changes the token: the cookie has the present one.
function headers() {
  const token = document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] ?? csrf;
  return { "Content-Type": "application/json", "X-CSRFToken": token, Accept: "application/json" };
}

const stored = Object.fromEntries(data.files.filter((file) => file.access === "editable").map((file) => [file.path, file.text]));
const start = await recover({ ...data, files: stored });
const editor = new Editor(element("editor"), nonce, () => autosave.changed());
const files = new Files({ ...data, tabs: element("file-tabs"), panel: element("editor") });
const autosave = new Autosave({
  url: data.urls.save, headers, revision: data.revision, base: stored, includes: start.includes,
  copies: start.copies, place: start.place, collect, onConflict,
});
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

const saveWords = {
  uncopied: () => "Not saved yet",
  waiting: ({ seconds }) => `Saving again in ${seconds} s`,
  pending: () => "Not saved yet",
  saving: () => "Saving…",
  saved: ({ at }) => `Saved ${say(new Date(at), "time")}`,
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

// A notice about saving ends with the next save; any other one stays until it has been read.
const READ = 12_000; // milliseconds

function notice(text, { ofSaving = false } = {}) {
  element("notice").textContent = text;
  element("notice").hidden = !text;
  notice.until = ofSaving ? 0 : Date.now() + READ;
}

// Saving ----------------------------------------------------------------------------------------------------------------

const onSaveState = {
  saved: () => Date.now() >= notice.until && notice(""),
  offline: () => notice(`There is no connection to the server. ${start.copies ? KEPT_HERE : "Keep this page open: your"} changes are saved as soon as it is back.`, { ofSaving: true }),
  waiting: () => notice("You save more than the server takes at once. What you type is kept, and saved in a moment.", { ofSaving: true }),
  refused: ({ message }) => notice(message ?? SESSION_ENDED, { ofSaving: true }),
  closed: leave,
};

autosave.addEventListener("state", ({ detail }) => {
  showSaveState(detail);
  onSaveState[detail.kind]?.(detail);
});

// Another window saved meanwhile. What can be put together is; where both changed the same lines, a person decides with
// both before their eyes, and the version that gives way can be restored.
async function onConflict({ files: theirs }) {
  const mine = collect().files;
  const merged = merge(autosave.base, mine, theirs);
  adopt(merged.files);
  if (merged.conflicts.length) await decideOn(merged.conflicts, mine, theirs);
  notice("What another window changed meanwhile is in here now, together with your own changes.");
}

async function decideOn(paths, mine, theirs) {
  await restore.keep("The other version", theirs);
  await restore.keep("This window's version", mine);
  const { decide } = await import("./workspace/conflict.js");
  adopt({ ...collect().files, ...(await decide({ paths, mine, theirs, nonce })) });
}

function adopt(texts) {
  files.put(texts, (file, text) => editor.replace(file, text));
  showFile();
}

// What was typed before the end still has some seconds to arrive; then the next page.
document.addEventListener("timer:last", () => autosave.flush());
document.addEventListener("timer:over", (event) => {
  editor.close();
  event.detail.push(saveAll());
});

async function saveAll() {
  while (!(await autosave.flush()) && !autosave.stopped) await new Promise((resolve) => setTimeout(resolve, 500));
}

function leave() {
  window.location.assign(data.end);
}

// A link of this page is followed when all is saved; without a connection after a moment, for the copy is kept.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[href]");
  const isPlain = !event.defaultPrevented && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (!link || !isPlain || link.target || link.hash || !autosave.isDirty) return;
  event.preventDefault();
  await Promise.race([autosave.flush(), new Promise((resolve) => setTimeout(resolve, 2000))]);
  window.location.assign(link.href);
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
  if ((await ask(dialog)) !== "ok") return;
  await restore.keep(`Before ${files.current.path} was deleted`, collect().files);
  files.remove(files.current);
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
  const response = await fetch(url, { method: "POST", headers: headers(), body: JSON.stringify(body) });
  if (response.ok) {
    results.show(tab);
    showPane("results", { onlyIfNarrow: true });
    results.replace(await response.text());
    return;
  }
  const answer = await response.json().catch(() => ({}));
  if (answer.code === "closed") leave();
  else if (answer.code === "conflict") await catchUp();
  else if (response.status === 404) notice(SESSION_ENDED);
  else notice(answer.message ?? "This did not work. Try again in a moment.");
}

// Saved elsewhere although nothing was typed here: a save brings it in.
async function catchUp() {
  autosave.changed();
  await autosave.flush();
  notice("Another window had changed this challenge; what it saved is in here now. Look at it, then try again.");
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

// Escape, then Tab: said when it can be used.
document.addEventListener("editor:escape", ({ detail: milliseconds }) => {
  element("editor-hint").textContent = "Tab now leaves the editor";
  clearTimeout(showFile.hint);
  showFile.hint = setTimeout(dropHint, milliseconds);
});
element("editor").addEventListener("focusout", dropHint);

function dropHint() {
  element("editor-hint").textContent = "";
}

const restore = new Restore({
  place: start.place, copies: start.copies, language: data.language, panes: element("results-pane"),
  list: element("kept"), languageForm: element("language-form"), current: () => collect().files, adopt, notice,
});

// What an earlier page of this browser could not save. Its copies are removed when this page has one of its own.
async function takeOver() {
  if (start.otherLanguages.size) notice(`Text in ${[...start.otherLanguages].join(", ")} is kept in this browser and not saved yet. Choose that language to go on with it.`);
  if (start.conflict) await decideOn(start.conflict.paths, start.files, start.conflict.theirs);
  if (autosave.isDirty) {
    notice("What you typed last is back from this browser, and is being saved.", { ofSaving: true });
    autosave.copy();
    await autosave.copying;
  }
  for (const id of start.taken) await start.copies.remove(id);
}

closeButtons();
startSplitters();
files.draw();
showFile();
showButtons();
if (data.savedAt) showSaveState({ kind: "saved", at: data.savedAt });
if (!start.copies) notice("This browser keeps no copy of what you type (a private window?). It is saved on the server as you type; do not close this page while it says that something is not saved.");
element("script-problem").remove();
document.documentElement.dataset.ready = "yes";
if (!same(stored, start.files)) adopt(start.files);
await takeOver();
await restore.begin();
