import type { RuleLayers, RuleUse } from "#shared/contract/policy.ts";
import type * as z from "zod";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { Icon } from "../../ui/Icon.tsx";
import { useNow } from "../../ui/use-now.ts";
import { hookWords, layerNames, lists, noteOf, type RuleNote, sizeOf } from "./rule-words.ts";

type Layer = z.infer<typeof RuleLayers>[number];

/** The rules in force, layer by layer, with what each decided and which never can. */
export function Layers({ layers, use }: { readonly layers: readonly Layer[]; readonly use: RuleUse | undefined }) {
  return layers.map((layer, index) => (
    // oxlint-disable-next-line react/no-array-index-key -- a layer can stand for several sources, and none moves
    <LayerOf key={index} layer={layer} use={use} />
  ));
}

function LayerOf({ layer, use }: { readonly layer: Layer; readonly use: RuleUse | undefined }) {
  const now = useNow();
  const { rules } = layer;
  // The person's own have a section with its editor.
  const hooks = layer.layer === "workspace" || layer.layer === "default" ? [] : layer.hooks;
  return (
    <section aria-label={layerNames[layer.layer]}>
      <h2 className="group-head">
        {layerNames[layer.layer]} <span className="label clip">{escapeControls(layer.source)}</span>
        <span className="label push num">{sizeOf(rules)}</span>
      </h2>
      <ul>
        {sizeOf(rules) + hooks.length === 0 && <li className="rule-row label">No rules.</li>}
        {lists.flatMap(({ list, word, icon, look }) =>
          rules[list].map((text) => {
            const note = noteOf({ text, list, layer: layer.layer }, use, now);
            return (
              <li key={`${list} ${text}`} className={`rule-row ${note?.kind === "shadowed" ? "is-shadowed" : ""}`}>
                <span className={`verdict-word w-16 ${list === "allow" ? "" : look}`}>
                  <Icon name={icon} size={14} className={look} />
                  {word}
                </span>
                <code className="wrap-anywhere">{escapeControls(text)}</code>
                {note !== null && <Note note={note} />}
              </li>
            );
          }),
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
    </section>
  );
}

function Note({ note }: { readonly note: RuleNote }) {
  if (note.kind !== "shadowed") return <span className={`rule-note num ${note.kind === "unused" ? "" : "soft"}`}>{note.words}</span>;
  return (
    <span className="rule-note">
      <Icon name="eye" size={12} /> {escapeControls(note.words)}
    </span>
  );
}
