// Both versions of a file side by side: first what is stored, to read; then what is here, to edit until it is right.
// Loaded only when two windows have changed the same lines.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { goToNextChunk, MergeView } from "@codemirror/merge";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { look } from "./look.js";

const element = (id) => document.getElementById(id);

// Gives the texts of these paths as the person decided.
export async function decide({ paths, mine, theirs, nonce }) {
  const dialog = element("conflict-dialog");
  const texts = {};
  // Escape decides nothing; a browser that closes the dialog at the second one gets it again.
  const decided = new AbortController();
  const stay = (event) => (event.type === "close" ? dialog.showModal() : event.preventDefault());
  for (const kind of ["cancel", "close"]) dialog.addEventListener(kind, stay, { signal: decided.signal });
  dialog.showModal();
  for (const [index, path] of paths.entries()) {
    element("conflict-path").textContent = paths.length > 1 ? `${path} (${index + 1} of ${paths.length})` : path;
    texts[path] = await decideOne(dialog, { path, mine: mine[path] ?? "", theirs: theirs[path] ?? "", nonce });
  }
  decided.abort();
  dialog.close();
  return texts;
}

function decideOne(dialog, { path, mine, theirs, nonce }) {
  const side = (label, editable) => [
    look, lineNumbers(), EditorView.cspNonce.of(nonce), EditorState.readOnly.of(!editable), EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": `${label}: ${path}`, tabindex: "0", ...(editable ? {} : { "aria-readonly": "true" }) }),
    history(), Prec.low(keymap.of([...defaultKeymap, ...historyKeymap])),
  ];
  const view = new MergeView({
    parent: element("conflict-sides"),
    a: { doc: theirs, extensions: side("Saved in the other window", false) },
    b: { doc: mine, extensions: side("In this window, to edit", true) },
    gutter: true,
    highlightChanges: true,
  });
  const actions = {
    "conflict-next": () => goToNextChunk(view.b) && view.b.focus(),
    "conflict-take": () => takeChunk(view),
    "conflict-both": () => takeChunk(view, { keepsMine: true }),
    "conflict-theirs": () => replace(view.b, theirs),
    "conflict-mine": () => replace(view.b, mine),
  };
  for (const [id, act] of Object.entries(actions)) element(id).onclick = act;
  goToNextChunk(view.b);
  view.b.focus();
  return new Promise((resolve) => {
    element("conflict-done").onclick = () => {
      const text = view.b.state.doc.toString();
      view.destroy();
      resolve(text);
    };
  });
}

const joined = (one, other) => (one.endsWith("\n") || !one ? one + other : `${one}\n${other}`);

function replace(view, text) {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  view.focus();
}

// The difference at the cursor, or else the first one, as it is in the other window; with mine after it, if mine is kept.
function takeChunk(view, { keepsMine = false } = {}) {
  const at = view.b.state.selection.main.head;
  const chunk = view.chunks.find(({ fromB, toB }) => fromB <= at && at <= toB) ?? view.chunks[0];
  if (!chunk) return;
  const [from, to] = [chunk.fromB, Math.min(chunk.toB, view.b.state.doc.length)];
  let insert = view.a.state.doc.sliceString(chunk.fromA, Math.min(chunk.toA, view.a.state.doc.length));
  if (chunk.toB <= view.b.state.doc.length && chunk.toA > view.a.state.doc.length) insert += "\n";
  if (keepsMine) insert = joined(insert, view.b.state.doc.sliceString(from, to));
  view.b.dispatch({ changes: { from, to, insert }, selection: { anchor: from } });
  view.b.focus();
}
