import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef } from "react";
import type { FileDiff, TaskDiff } from "#shared/contract/task.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { DiffSize } from "../../../ui/DiffSize.tsx";
import { writeCount } from "../../../ui/format.ts";
import { Icon } from "../../../ui/Icon.tsx";
import type { LineComment } from "./comments.ts";

/** The changed files. Names are hostile: what cannot be seen in them is written out. */
export function FileList({
  files,
  commits,
  selected,
  comments,
  onSelect,
}: {
  readonly files: readonly FileDiff[];
  readonly commits: TaskDiff["commits"];
  readonly selected: string | null;
  readonly comments: readonly LineComment[];
  readonly onSelect: (path: string) => void;
}) {
  const frame = useRef<HTMLDivElement>(null);
  // oxlint-disable-next-line react/incompatible-library -- nothing here is memoized by a compiler
  const list = useVirtualizer({
    count: files.length,
    getScrollElement: () => frame.current,
    estimateSize: (index) => (files[index]?.sensitive === null ? 28 : 46),
    getItemKey: (index) => files[index]?.path ?? index,
    overscan: 12,
  });
  const place = files.findIndex((file) => file.path === selected);
  useEffect(() => {
    if (place >= 0) list.scrollToIndex(place, { align: "auto" });
  }, [place, list]);
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = step === undefined ? undefined : files[place + step];
    if (next === undefined) return;
    event.preventDefault();
    onSelect(next.path);
  };
  return (
    <nav className="file-list" aria-label="Changed files">
      <p className="file-count label small">
        {writeCount(files.length, "file")}, {writeCount(commits.length, "commit")}
      </p>
      <div
        className="file-scroll"
        ref={frame}
        role="listbox"
        aria-label="Changed files"
        tabIndex={0}
        onKeyDown={press}
        {...(place < 0 ? {} : { "aria-activedescendant": `file-${place}` })}
      >
        <div style={{ height: list.getTotalSize(), position: "relative" }}>
          {list.getVirtualItems().map((item) => {
            const file = files[item.index];
            return file === undefined ? null : (
              <div
                key={item.key}
                data-index={item.index}
                ref={list.measureElement}
                className="file-place"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <FileRow
                  file={file}
                  index={item.index}
                  isSelected={file.path === selected}
                  comments={comments.filter((comment) => comment.path === file.path).length}
                  onSelect={onSelect}
                />
              </div>
            );
          })}
        </div>
      </div>
    </nav>
  );
}

const changes = {
  added: { icon: "plus", look: "is-allow", word: "new" },
  modified: { icon: "edit", look: "label", word: "changed" },
  deleted: { icon: "trash", look: "is-deny", word: "deleted" },
  renamed: { icon: "right", look: "label", word: "renamed" },
  "type-changed": { icon: "refresh", look: "label", word: "another kind of file" },
} as const;

function FileRow({
  file,
  index,
  isSelected,
  comments,
  onSelect,
}: {
  readonly file: FileDiff;
  readonly index: number;
  readonly isSelected: boolean;
  readonly comments: number;
  readonly onSelect: (path: string) => void;
}) {
  const { icon, look, word } = changes[file.change];
  const shown = escapeControls(file.path);
  const slash = shown.lastIndexOf("/") + 1;
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the list box itself takes the keys
    <div
      id={`file-${index}`}
      role="option"
      aria-selected={isSelected}
      tabIndex={-1}
      className="file-row"
      title={shown}
      onClick={() => onSelect(file.path)}
    >
      <Icon name={icon} size={14} className={look} />
      <span className="visually-hidden">{word}: </span>
      <span className="file-name">
        <span className="clip label">{shown.slice(0, slash)}</span>
        <span className="file-base">{shown.slice(slash)}</span>
      </span>
      {comments > 0 && (
        <span className="file-comments num">
          <Icon name="message" size={12} /> {comments}
        </span>
      )}
      {file.content.kind === "text" ? (
        <DiffSize added={file.added} removed={file.removed} />
      ) : (
        <span className="label caption">{file.content.why.replace("-", " ")}</span>
      )}
      {file.sensitive !== null && (
        <span className="file-sensitive is-deny">
          <Icon name="alert" size={12} />
          {file.sensitive}
        </span>
      )}
    </div>
  );
}
