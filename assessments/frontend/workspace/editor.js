// CodeMirror, set up once: one view, one state per file, so that each file keeps its cursor and its history.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab, isolateHistory } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import {
  drawSelection, dropCursor, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap,
  lineNumbers,
} from "@codemirror/view";
import { indentation, loadLanguage } from "./languages.js";
import { highlighting, look } from "./look.js";

const LEAVING = 5000; // milliseconds in which Tab leaves the editor after Escape

// Before any other use of Escape (it drops a selection, or closes a list): Tab then leaves the editor.
const leaving = Prec.highest(
  keymap.of([
    {
      key: "Escape",
      run: (view) => {
        view.setTabFocusMode(LEAVING);
        document.dispatchEvent(new CustomEvent("editor:escape", { detail: LEAVING }));
        return false;
      },
    },
  ]),
);

function extensions(file, onChange, language) {
  const { unit, tab } = indentation(file.path);
  return [
    leaving, lineNumbers(), highlightActiveLine(), highlightActiveLineGutter(), highlightSpecialChars(), drawSelection(), dropCursor(),
    history(), indentOnInput(), bracketMatching(), closeBrackets(), autocompletion(), search(), highlightSelectionMatches(),
    syntaxHighlighting(highlighting), look, language.of([]),
    EditorState.tabSize.of(tab), indentUnit.of(unit), EditorState.readOnly.of(!file.editable),
    EditorView.contentAttributes.of({
      "aria-label": `${file.editable ? "Code" : "Read-only file"}: ${file.path}`,
      "aria-describedby": "editor-help",
      tabindex: "0", // Some browsers and checkers do not see by themselves that one can come here.
      ...(file.editable ? {} : { "aria-readonly": "true" }),
    }),
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap, indentWithTab]),
    EditorView.updateListener.of((update) => update.docChanged && onChange()),
  ];
}

export class Editor {
  constructor(parent, nonce, onChange) {
    this.onChange = onChange;
    this.nonce = EditorView.cspNonce.of(nonce);
    this.view = new EditorView({ parent, state: EditorState.create({ extensions: [this.nonce, look] }) });
    this.file = null;
  }

  // A file is {path, text, editable}; what was typed is kept in its `state`.
  show(file) {
    this.keep();
    this.file = file;
    const language = new Compartment();
    const isNew = !file.state || file.stateFor !== file.path;
    if (isNew) {
      file.state = EditorState.create({ doc: textOf(file), extensions: [this.nonce, ...extensions(file, this.onChange, language)] });
      file.stateFor = file.path; // A renamed file gets another label and perhaps another language.
    }
    this.view.setState(file.state);
    if (isNew) this.colour(file, language);
  }

  keep() {
    if (this.file) this.file.state = this.view.state;
  }

  async colour(file, language) {
    const support = await loadLanguage(file.path);
    if (support && this.file === file) this.view.dispatch({ effects: language.reconfigure(support) });
    else if (support) file.stateFor = null; // Shown again later, it is coloured then.
  }

  textOf(file) {
    return file === this.file ? written(file, this.view.state) : textOf(file);
  }

  // Another text in place of this one, as an edit that can be undone.
  replace(file, text) {
    const state = file === this.file ? this.view.state : file.state;
    if (!state) {
      file.text = text;
      return;
    }
    const now = state.doc.toString();
    const next = text.replaceAll("\r\n", "\n");
    if (now === next) return;
    let start = 0;
    while (start < now.length && start < next.length && now[start] === next[start]) start += 1;
    let rest = 0;
    while (rest < Math.min(now.length, next.length) - start && now.at(-1 - rest) === next.at(-1 - rest)) rest += 1;
    const annotations = isolateHistory.of("full"); // Undone by itself, not with what came before or after.
    const edit = { annotations, changes: { from: start, to: now.length - rest, insert: next.slice(start, next.length - rest) } };
    if (file === this.file) this.view.dispatch(edit);
    else file.state = state.update(edit).state;
  }

  // The time is up: what is here can be read, and changed no more.
  close() {
    this.view.contentDOM.setAttribute("contenteditable", "false");
    this.view.contentDOM.blur();
  }

  focus() {
    this.view.focus();
  }
}

function textOf(file) {
  return file.state ? written(file, file.state) : file.text;
}

// The editor knows one kind of line end; a file keeps the kind that it had.
function written(file, state) {
  const text = state.doc.toString();
  return file.text.includes("\r\n") ? text.replaceAll("\n", "\r\n") : text;
}
