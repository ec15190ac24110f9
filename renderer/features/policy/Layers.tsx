import { useRef, useState } from "react";
import type * as z from "zod";
import type { Decision, RuleLayers, RuleList, RuleReference } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useChange } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { writeCount } from "../../ui/format.ts";
import { Icon } from "../../ui/Icon.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { useKeptFocus } from "../../ui/use-kept-focus.ts";
import { useNow } from "../../ui/use-now.ts";
import { RuleRow } from "./RuleRow.tsx";
import { hookWords, layerNames, lists, noteOf, type RuleNote } from "./rule-words.ts";
import { keyOf, type UseIndex } from "./use-index.ts";

type Layer = z.infer<typeof RuleLayers>[number];

/** Which rules are shown: `text` stands in them, and what is known of them. */
export interface RuleFilter {
  readonly text: string;
  readonly kind: "all" | "shadowed" | "unused";
}

/** The rule that gets the focus, each time `turn` grows; see `keyOf`. */
export interface Pointed {
  readonly key: string;
  readonly turn: number;
}

/** Rules of one layer that are drawn at first; more on request. */
const drawnAtFirst = 200;

/** The rules in force, layer by layer, with what each decided and which never can. */
export function Layers({
  layers,
  use,
  filter,
  pointed,
  onPoint,
  onChanged,
}: {
  readonly layers: readonly Layer[];
  readonly use: UseIndex | null;
  readonly filter: RuleFilter;
  readonly pointed: Pointed | null;
  readonly onPoint: (rule: RuleReference) => void;
  readonly onChanged: () => void;
}) {
  // What a person wrote stands before what nobody can change.
  const shown = [...layers.filter(({ layer }) => layer !== "floor"), ...layers.filter(({ layer }) => layer === "floor")];
  if (layers.length > 0 && isNarrowed(filter) && layers.every((layer) => isEmpty(layer, use, filter)))
    return <p className="rule-row label">{filter.text === "" ? "There is none any more." : "No rule in force has that in it."}</p>;
  return shown.map((layer, index) => (
    <LayerOf
      // oxlint-disable-next-line react/no-array-index-key -- a layer can stand for several sources, and none moves
      key={index}
      {...{ layer, use, filter, pointed, onPoint, onChanged }}
      // What answers wrote is a layer of the workspace too, and is taken back among the grants.
      isOwn={layer === layers.find((each) => each.layer === "workspace" || each.layer === "default")}
    />
  ));
}

interface Removing {
  readonly list: Decision;
  readonly text: string;
  readonly note: RuleNote | null;
}

function LayerOf({
  layer,
  use,
  filter,
  pointed,
  onPoint,
  onChanged,
  isOwn,
}: Omit<Parameters<typeof Layers>[0], "layers"> & { readonly layer: Layer; readonly isOwn: boolean }) {
  const now = useNow();
  const [drawn, setDrawn] = useState(drawnAtFirst);
  const [removing, setRemoving] = useState<Removing | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const nextFocus = useKeptFocus(list, layer.rules);
  const remove = useChange(
    (client, { list: from, text }: Removing) => client.policy.setRules({ rules: without(layer.rules, from, text), seen: layer.rules }),
    {
      reloads: [["policy"]],
      onDone: () => {
        setRemoving(null);
        onChanged();
      },
    },
  );
  const rows = lists
    .flatMap(({ list: of }) => layer.rules[of].map((text) => ({ list: of, text, layer: layer.layer })))
    .map((rule) => ({ rule, note: noteOf(rule, use, now) }));
  const shown = rows.filter(({ rule, note }) => isShown(rule.text, note, filter));
  // The person's own have a section with its editor.
  const hooks = filter.kind !== "all" || isOwn ? [] : layer.hooks.filter(({ match }) => match.includes(filter.text));
  const isFiltered = isNarrowed(filter);
  if (isFiltered && shown.length + hooks.length === 0) return null;
  return (
    <section aria-label={layerNames[layer.layer]}>
      <h2 className="group-head">
        {layerNames[layer.layer]} <span className="label clip">{escapeControls(layer.source)}</span>
        <span className="label push num">{isFiltered ? `${shown.length} of ${rows.length}` : rows.length}</span>
      </h2>
      {remove.problem !== null && <ErrorNote problem={remove.problem} className="m-3" />}
      <ul ref={list} tabIndex={-1}>
        {rows.length + hooks.length === 0 && <li className="rule-row label">No rules.</li>}
        {shown.slice(0, drawn).map(({ rule, note }) => (
          <RuleRow
            key={`${rule.list} ${rule.text}`}
            {...{ rule, note, onPoint }}
            pointedAt={pointed?.key === keyOf(rule) ? pointed.turn : null}
            isOwn={isOwn}
            onRemove={isOwn && note !== null ? () => setRemoving({ ...rule, note }) : null}
          />
        ))}
        {shown.length > drawn && (
          <li className="rule-row">
            <Button size="small" onClick={() => setDrawn(drawn + drawnAtFirst)}>
              Show {Math.min(drawnAtFirst, shown.length - drawn)} more of {writeCount(shown.length - drawn, "rule")}
            </Button>
          </li>
        )}
        {hooks.map((hook) => (
          <li key={hook.name} className="rule-row">
            <span className="verdict-word w-16">
              <Icon name="link" size={14} className="label" />
              Hook
            </span>
            <code className="wrap-anywhere">{escapeControls(hook.match)}</code>
            <span className="rule-note">{escapeControls(hookWords(hook))}</span>
          </li>
        ))}
      </ul>
      <Confirm
        open={removing !== null}
        onClose={() => setRemoving(null)}
        title={`Remove this ${removing?.list ?? ""} rule?`}
        action="Remove"
        onConfirm={() => removing !== null && remove.run(removing)}
        isRunning={remove.isRunning}
        finalFocus={nextFocus}
      >
        <p className="mb-2">
          <code className="wrap-anywhere">{escapeControls(removing?.text ?? "")}</code>
        </p>
        {removalWords(removing?.note ?? null)} The audit log keeps it.
      </Confirm>
    </section>
  );
}

function removalWords(note: RuleNote | null): string {
  if (note?.kind === "shadowed") return "It decides nothing as the rules stand, so nothing changes.";
  const past = note?.kind === "used" ? `It decided recorded calls: ${note.words}.` : "It decided none of the recorded calls.";
  return `${past} What it names is decided by the other rules from now on.`;
}

function isNarrowed(filter: RuleFilter): boolean {
  return filter.kind !== "all" || filter.text !== "";
}

/** Whether a layer has nothing that the filter shows. */
function isEmpty({ layer, rules, hooks }: Layer, use: UseIndex | null, filter: RuleFilter): boolean {
  const isIn = (list: Decision) => rules[list].some((text) => isShown(text, noteOf({ list, text, layer }, use, 0), filter));
  return !lists.some(({ list }) => isIn(list)) && !(filter.kind === "all" && hooks.some(({ match }) => match.includes(filter.text)));
}

function isShown(text: string, note: RuleNote | null, filter: RuleFilter): boolean {
  return (filter.kind === "all" || note?.kind === filter.kind) && text.toLowerCase().includes(filter.text.toLowerCase());
}

/** The rules without one of them: one that stands there twice stays once. */
function without(rules: RuleList, list: Decision, text: string): RuleList {
  const at = rules[list].lastIndexOf(text);
  return { ...rules, [list]: rules[list].filter((_, place) => place !== at) };
}
