import { MergeView, unifiedMergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { editorLook } from "./editor-look.ts";
import { lineComments, showComments } from "./line-comments.ts";
import { hasLongLines } from "./long-lines.ts";

export type DiffSide = "old" | "new";

export interface DiffComment {
  readonly id: string;
  readonly side: DiffSide;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

export interface DiffCommenting {
  readonly comments: readonly DiffComment[];
  readonly add: (side: DiffSide, line: number, lineText: string, text: string) => void;
  readonly remove: (id: string) => void;
}

export interface DiffInput {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  readonly layout: "unified" | "split";
  /** Null: for looking only. */
  readonly commenting: DiffCommenting | null;
}

export interface OpenDiff {
  readonly show: (comments: readonly DiffComment[]) => void;
  readonly close: () => void;
}

/** A difference that takes longer to find is shown in coarser pieces. */
const diffing = { scanLimit: 500, timeout: 300 } as const;
const collapse = { margin: 3, minSize: 6 } as const;
/** Invisible and reordering characters beyond CodeMirror's own list; all are drawn as marks. */
const hidden =
  /[\p{Cf}\p{Zl}\p{Zp}\p{Co}\u00a0\u2000-\u200a\u202f\u205f\u3000]|\u034f|\u115f|\u1160|\u17b4|\u17b5|\u3164|\uffa0|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]/gu;

/** Draws a difference inside `parent`, read-only. */
export async function openDiff(parent: HTMLElement, input: DiffInput): Promise<OpenDiff> {
  const language = await languageOf(input.path);
  const side = (which: DiffSide): Extension => [
    common(input, language),
    input.commenting === null ? [] : commentsOf(input.commenting, which),
  ];
  if (input.layout === "split") {
    const view = new MergeView({
      parent,
      a: { doc: input.before, extensions: side("old") },
      b: { doc: input.after, extensions: side("new") },
      collapseUnchanged: collapse,
      diffConfig: diffing,
    });
    return {
      show: (comments) => {
        showComments(
          view.a,
          comments.filter((comment) => comment.side === "old"),
        );
        showComments(
          view.b,
          comments.filter((comment) => comment.side === "new"),
        );
      },
      close: () => view.destroy(),
    };
  }
  const view = new EditorView({
    parent,
    doc: input.after,
    extensions: [
      side("new"),
      input.before === "" ? EditorView.editorAttributes.of({ class: "cm-new-file" }) : [],
      unifiedMergeView({
        original: input.before,
        // All of a new file is new: nothing in its lines is more so.
        highlightChanges: input.before !== "",
        mergeControls: false,
        syntaxHighlightDeletions: false,
        collapseUnchanged: collapse,
        diffConfig: diffing,
      }),
    ],
  });
  return {
    show: (comments) =>
      showComments(
        view,
        comments.filter((comment) => comment.side === "new"),
      ),
    close: () => view.destroy(),
  };
}

function common(input: DiffInput, language: Extension): Extension {
  const isWrapped = !hasLongLines(input.before) && !hasLongLines(input.after);
  const canComment = input.commenting !== null;
  return [
    EditorState.readOnly.of(true),
    EditorView.editable.of(canComment),
    EditorView.contentAttributes.of({
      "aria-label": "Difference, read-only",
      "aria-readonly": "true",
      ...(canComment ? {} : { tabindex: "0" }),
    }),
    // Tab leaves the editor: it is for reading, and must not hold the keyboard.
    keymap.of([{ key: "Escape", run: (view) => (view.contentDOM.blur(), true) }]),
    lineNumbers(),
    canComment ? [highlightActiveLine(), highlightActiveLineGutter(), drawSelection()] : [],
    highlightSpecialChars({ addSpecialChars: hidden }),
    isWrapped ? EditorView.lineWrapping : [],
    language,
    editorLook,
  ];
}

function commentsOf(commenting: DiffCommenting, side: DiffSide): Extension {
  return lineComments(
    { add: (line, lineText, text) => commenting.add(side, line, lineText, text), remove: commenting.remove },
    commenting.comments.filter((comment) => comment.side === side),
  );
}

async function languageOf(path: string): Promise<Extension> {
  const ending = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";
  if (!["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "json"].includes(ending)) return [];
  const { javascript } = await import("@codemirror/lang-javascript");
  return javascript({ typescript: ending.includes("ts"), jsx: ending.endsWith("x") });
}
