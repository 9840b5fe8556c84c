// CodeMirror, set up once: one view, one state per file, so that each file keeps its cursor and its history.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import {
  drawSelection, dropCursor, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { indentation, loadLanguage } from "./languages.js";

// Colours are the page's variables, so light and dark need no second theme.
const highlighting = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.tagName], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp, tags.escape], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--code-number)" },
  { tag: [tags.comment, tags.meta], color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.attributeName], color: "var(--code-name)" },
  { tag: [tags.typeName, tags.className, tags.namespace], color: "var(--code-type)" },
  { tag: tags.heading, fontWeight: "650" },
  { tag: tags.strong, fontWeight: "650" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.link, color: "var(--accent)", textDecoration: "underline" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

const look = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "0.875rem" },
  "&.cm-focused": { outline: "none" }, // The frame around it shows the focus; the gutter would hide an outline.
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", fontVariantLigatures: "none" },
  ".cm-content": { padding: "0.6rem 0", caretColor: "var(--ink)" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--ink-soft)", border: "0", paddingRight: "0.35rem" },
  ".cm-lineNumbers .cm-gutterElement": { paddingLeft: "0.9rem" },
  ".cm-activeLine": { backgroundColor: "var(--line-active)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--selection)",
  },
  ".cm-selectionMatch": { backgroundColor: "var(--match)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--match)", outline: "1px solid var(--line-strong)" },
  ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--line)" },
  ".cm-panel.cm-search": { padding: "0.5rem 0.75rem", fontFamily: "var(--sans)" },
  ".cm-textfield": { backgroundColor: "var(--surface)", color: "var(--ink)", border: "1px solid var(--line-strong)", borderRadius: "0.3rem" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--surface)", color: "var(--ink)", border: "1px solid var(--line-strong)", borderRadius: "0.3rem" },
  ".cm-searchMatch": { backgroundColor: "var(--match)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--selection)" },
  ".cm-tooltip": { backgroundColor: "var(--surface)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "0.4rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
});

function extensions(file, onChange, language) {
  const { unit, tab } = indentation(file.path);
  return [
    lineNumbers(), highlightActiveLine(), highlightActiveLineGutter(), highlightSpecialChars(), drawSelection(), dropCursor(),
    history(), indentOnInput(), bracketMatching(), closeBrackets(), autocompletion(), search(), highlightSelectionMatches(),
    syntaxHighlighting(highlighting), look, language.of([]),
    EditorState.tabSize.of(tab), indentUnit.of(unit), EditorState.readOnly.of(!file.editable),
    EditorView.contentAttributes.of({
      "aria-label": `${file.editable ? "Code" : "Read-only file"}: ${file.path}`,
      "aria-describedby": "editor-help",
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
    return file === this.file ? this.view.state.doc.toString() : textOf(file);
  }

  focus() {
    this.view.focus();
  }
}

function textOf(file) {
  return file.state ? file.state.doc.toString() : file.text;
}
