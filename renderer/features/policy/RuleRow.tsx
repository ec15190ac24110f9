import { memo, useEffect, useRef } from "react";
import type { RuleReference } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { IconButton } from "../../ui/Button.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { listLooks, type RuleNote } from "./rule-words.ts";

/** One rule in force, what is known of it, and the way to the one that decides before it. Rules of a repository are hostile text. */
export const RuleRow = memo(function RuleRow({
  rule,
  note,
  pointedAt,
  onPoint,
  isOwn,
  onRemove,
}: {
  readonly rule: RuleReference;
  readonly note: RuleNote | null;
  /** Gets the focus, anew whenever it grows. */
  readonly pointedAt: number | null;
  readonly onPoint: (rule: RuleReference) => void;
  /** Of the layer that the person writes: its rows keep a place for what can be done with them. */
  readonly isOwn: boolean;
  /** Null where it is not the person's to remove, or of use. */
  readonly onRemove: (() => void) | null;
}) {
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (pointedAt === null) return;
    row.current?.focus();
    row.current?.scrollIntoView({ block: "center" });
  }, [pointedAt]);
  const { icon, word, look } = listLooks[rule.list];
  const text = escapeControls(rule.text);
  return (
    <li ref={row} tabIndex={-1} className={`rule-row is-rule ${note?.kind === "shadowed" ? "is-shadowed" : ""}`}>
      <span className={`verdict-word w-16 ${rule.list === "allow" ? "" : look}`}>
        <Icon name={icon} size={14} className={look} />
        {word}
      </span>
      <code className="wrap-anywhere">{text}</code>
      {note !== null && note.kind !== "shadowed" && (
        <span className={`rule-note num ${note.kind === "unused" ? "" : "soft"}`}>{note.words}</span>
      )}
      {note?.kind === "shadowed" && (
        <span className="rule-note">
          <button type="button" className="link-button wrap-anywhere" onClick={() => onPoint(note.by)}>
            <Icon name="eye" size={12} />
            <span>{escapeControls(note.words)}</span>
          </button>
        </span>
      )}
      {onRemove !== null && <IconButton icon="trash" name={`Remove ${rule.list} ${text}`} onClick={onRemove} />}
      {onRemove === null && isOwn && <span className="rule-place" />}
    </li>
  );
});
