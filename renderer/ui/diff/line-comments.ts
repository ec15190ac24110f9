import { type Extension, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, gutter, GutterMarker, keymap, WidgetType } from "@codemirror/view";

/** A remark under one line of an editor. */
export interface ShownComment {
  readonly id: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

export interface CommentActions {
  readonly add: (line: number, lineText: string, text: string) => void;
  readonly remove: (id: string) => void;
}

interface Comments {
  readonly shown: readonly ShownComment[];
  readonly draftLine: number | null;
}

const setShown = StateEffect.define<readonly ShownComment[]>();
const setDraft = StateEffect.define<number | null>();

/** Shows these comments instead of those before. */
export function showComments(view: EditorView, shown: readonly ShownComment[]): void {
  view.dispatch({ effects: setShown.of(shown) });
}

/** Comments under lines: the gutter's plus or the key C opens a draft on a line. */
export function lineComments(actions: CommentActions, shown: readonly ShownComment[]): Extension {
  const field = StateField.define<Comments & { readonly decorations: DecorationSet }>({
    create: (state) => decorated({ shown, draftLine: null }, state.doc, actions),
    update(held, transaction) {
      let next: Comments = held;
      for (const effect of transaction.effects) {
        if (effect.is(setShown)) next = { ...next, shown: effect.value };
        if (effect.is(setDraft)) next = { ...next, draftLine: effect.value };
      }
      return next === held ? held : decorated(next, transaction.state.doc, actions);
    },
    provide: (field) => EditorView.decorations.from(field, (value) => value.decorations),
  });
  const openAt = (view: EditorView, position: number) => {
    view.dispatch({ effects: setDraft.of(view.state.doc.lineAt(position).number) });
    return true;
  };
  return [
    field,
    gutter({
      class: "cm-comment-gutter",
      lineMarker: () => plus,
      domEventHandlers: {
        click: (view, line) => openAt(view, line.from),
      },
    }),
    keymap.of([{ key: "c", run: (view) => openAt(view, view.state.selection.main.head) }]),
  ];
}

function decorated(
  comments: Comments,
  document: EditorView["state"]["doc"],
  actions: CommentActions,
): Comments & { readonly decorations: DecorationSet } {
  const widgets = comments.shown
    .filter((comment) => comment.line <= document.lines)
    .map((comment) => ({ line: comment.line, order: 1, widget: widgetOf(comment, actions) }));
  const { draftLine } = comments;
  if (draftLine !== null && draftLine <= document.lines)
    widgets.push({ line: draftLine, order: 2, widget: new DraftWidget(draftLine, actions) });
  const ranges = widgets
    .sort((a, b) => a.line - b.line || a.order - b.order)
    .map(({ line, order, widget }) => Decoration.widget({ widget, block: true, side: order }).range(document.line(line).to));
  return { ...comments, decorations: Decoration.set(ranges) };
}

class Plus extends GutterMarker {
  override toDOM(): Node {
    const mark = document.createElement("span");
    mark.textContent = "+";
    mark.title = "Comment on this line (C)";
    return mark;
  }
}
const plus = new Plus();

class CommentWidget extends WidgetType {
  readonly #comment: ShownComment;
  readonly #actions: CommentActions;
  constructor(comment: ShownComment, actions: CommentActions) {
    super();
    this.#comment = comment;
    this.#actions = actions;
  }
  override eq(other: CommentWidget): boolean {
    return other.#comment.id === this.#comment.id && other.#comment.text === this.#comment.text;
  }
  override toDOM(): HTMLElement {
    // The editor does not measure margins of what stands between lines: the space around is padding.
    const around = element("div", "cm-comment-around");
    const frame = element("div", "cm-comment");
    around.append(frame);
    const text = element("p", "cm-comment-text");
    text.textContent = this.#comment.text;
    const remove = button("Remove", "btn btn-small btn-quiet");
    remove.addEventListener("click", () => this.#actions.remove(this.#comment.id));
    frame.append(text, remove);
    return around;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

class DraftWidget extends WidgetType {
  readonly #line: number;
  readonly #actions: CommentActions;
  constructor(line: number, actions: CommentActions) {
    super();
    this.#line = line;
    this.#actions = actions;
  }
  override eq(other: DraftWidget): boolean {
    return other.#line === this.#line;
  }
  override toDOM(view: EditorView): HTMLElement {
    const around = element("div", "cm-comment-around");
    const frame = element("div", "cm-comment cm-comment-draft");
    around.append(frame);
    const text = document.createElement("textarea");
    text.setAttribute("aria-label", `Comment on line ${this.#line}`);
    text.placeholder = "Say what should change here";
    text.rows = 3;
    const close = () => {
      view.dispatch({ effects: setDraft.of(null) });
      view.focus();
    };
    const add = () => {
      const words = text.value.trim();
      if (words !== "") this.#actions.add(this.#line, view.state.doc.line(this.#line).text, words);
      close();
    };
    text.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) add();
      if (event.key === "Escape") close();
    });
    const row = element("div", "cm-comment-row");
    const keep = button("Add comment", "btn btn-small");
    keep.addEventListener("click", add);
    const cancel = button("Cancel", "btn btn-small btn-quiet");
    cancel.addEventListener("click", close);
    row.append(keep, cancel);
    frame.append(text, row);
    setTimeout(() => text.focus());
    return around;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

function element(tag: "div" | "p", className: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

function button(words: string, className: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = className;
  made.textContent = words;
  return made;
}

function widgetOf(comment: ShownComment, actions: CommentActions): WidgetType {
  return new CommentWidget(comment, actions);
}
