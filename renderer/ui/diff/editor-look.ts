import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** The editor in the tokens of the design: it follows light, dark and more contrast by itself. */
const look = EditorView.theme({
  "&": { background: "var(--surface-page)", color: "var(--text)", font: "var(--type-code)" },
  "&.cm-focused": { outline: "none" },
  ".cm-content": { fontFamily: "var(--mono)", padding: "0", caretColor: "var(--text)" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "18px", fontVariantLigatures: "none" },
  ".cm-line": { padding: "0 12px 0 6px" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused .cm-activeLine": { boxShadow: "inset 2px 0 0 var(--accent)" },
  ".cm-activeLine": { background: "transparent" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--term-selection)",
  },
  ".cm-gutters": { background: "var(--surface-page)", color: "var(--text-label)", border: "0", fontVariantNumeric: "tabular-nums" },
  ".cm-activeLineGutter": { background: "transparent", color: "var(--text)" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 6px 0 8px", minWidth: "34px" },
  ".cm-specialChar": { color: "var(--deny-text)", background: "var(--deny-tint)" },

  ".cm-changedLine, .cm-insertedLine": { background: "var(--diff-add-ground) !important" },
  "&.cm-merge-a .cm-changedLine, .cm-deletedChunk, .cm-deletedLine": { background: "var(--diff-remove-ground) !important" },
  ".cm-deletedChunk": { padding: "0 12px 0 6px" },
  "&.cm-new-file .cm-deletedChunk": { display: "none" },
  ".cm-deletedLine, .cm-deletedLine del": { textDecoration: "none" },
  "&.cm-merge-b .cm-changedText": { background: "color-mix(in srgb, var(--allow-line) 20%, transparent)", borderRadius: "2px" },
  "&.cm-merge-a .cm-changedText, & .cm-deletedChunk .cm-deletedText": {
    background: "color-mix(in srgb, var(--deny-line) 22%, transparent)",
    borderRadius: "2px",
  },
  ".cm-changeGutter": { width: "3px", padding: "0" },
  "&.cm-merge-b .cm-changedLineGutter": { background: "var(--allow-line)" },
  "&.cm-merge-a .cm-changedLineGutter, & .cm-deletedLineGutter": { background: "var(--deny-line)" },
  "& .cm-collapsedLines": {
    background: "var(--surface-well)",
    color: "var(--text-label)",
    font: "var(--type-small)",
    lineHeight: "20px",
    padding: "1px 12px",
    borderBlock: "1px solid var(--border)",
  },
  "& .cm-collapsedLines:before, & .cm-collapsedLines:after": { content: '""', margin: "0" },
  "& .cm-collapsedLines:hover": { color: "var(--text)", background: "var(--surface-hover)" },

  ".cm-comment-gutter": { width: "16px" },
  ".cm-comment-gutter .cm-gutterElement span": {
    visibility: "hidden",
    display: "block",
    textAlign: "center",
    borderRadius: "3px",
    background: "var(--accent)",
    color: "var(--on-accent)",
    lineHeight: "16px",
    marginTop: "1px",
  },
  ".cm-comment-gutter .cm-gutterElement:hover span, &.cm-focused .cm-comment-gutter .cm-activeLineGutter span": { visibility: "visible" },
  ".cm-comment-around": { padding: "4px 12px 6px 6px" },
  ".cm-comment": {
    display: "flex",
    gap: "8px",
    alignItems: "flex-start",
    padding: "6px 8px",
    border: "1px solid var(--border-strong)",
    borderRadius: "5px",
    background: "var(--surface-raised)",
    font: "var(--type-body)",
    maxWidth: "640px",
  },
  ".cm-comment-text": { flex: "1", whiteSpace: "pre-wrap", overflowWrap: "anywhere" },
  ".cm-comment-draft": { display: "block", borderColor: "var(--border-control)" },
  ".cm-comment-draft:focus-within": { outline: "var(--focus-width) solid var(--focus)", outlineOffset: "-1px" },
  ".cm-comment-draft textarea": {
    display: "block",
    width: "100%",
    border: "0",
    outline: "0",
    background: "none",
    color: "var(--text)",
    font: "var(--type-body)",
    resize: "vertical",
  },
  ".cm-comment-row": { display: "flex", gap: "6px", marginTop: "6px" },
});

/** Colours of the terminal palette: measured against both grounds already. */
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword, tags.controlKeyword], color: "var(--term-magenta)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--term-yellow)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--term-cyan)" },
  { tag: [tags.comment], color: "var(--term-dim)" },
  { tag: [tags.typeName, tags.className, tags.tagName], color: "var(--term-blue)" },
  { tag: [tags.function(tags.variableName), tags.definition(tags.variableName)], color: "var(--term-blue)" },
]);

export const editorLook: Extension = [look, syntaxHighlighting(colours)];
