import type { Decision, RuleLayer, RuleList } from "#shared/contract/policy.ts";
import { useState } from "react";
import { Button } from "../../ui/Button.tsx";
import { useRead } from "../../rpc/queries.ts";
import { writeCount } from "../../ui/format.ts";
import { Icon, type IconName } from "../../ui/Icon.tsx";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";
import { Grants } from "./Grants.tsx";
import { RulesEditor } from "./RulesEditor.tsx";
import { TryIt } from "./TryIt.tsx";
import "./rules.css";

const layers: Readonly<Record<RuleLayer, { readonly name: string; readonly what: string }>> = {
  floor: { name: "Floor", what: "Built in. No other rule can drop these." },
  workspace: { name: "Workspace", what: "For every repository." },
  repository: { name: "Repository", what: "For one repository." },
  default: { name: "Defaults", what: "Shipped with Gatehouse." },
  grant: { name: "Grants", what: "Given by you while a run goes on; they end with it." },
  mode: { name: "Mode", what: "From how a run was started." },
  rate: { name: "Rate", what: "A limit that is used up." },
  hook: { name: "Hook", what: "A program of yours that is run before a call." },
};

const lists: readonly { readonly list: Decision; readonly word: string; readonly icon: IconName; readonly look: string }[] = [
  { list: "deny", word: "Deny", icon: "deny", look: "is-deny" },
  { list: "allow", word: "Allow", icon: "check", look: "is-allow" },
  { list: "ask", word: "Ask", icon: "question", look: "is-ask" },
];

/** The rules in force, and a box to ask what they would say. */
export function RulesPage() {
  const rules = useRead(["policy", "rules"], (client, signal) => client.policy.rules({}, { signal }));
  const [isEditing, setEditing] = useState(false);
  const workspace = rules.data?.find(({ layer }) => layer === "workspace" || layer === "default");
  const count = rules.data?.reduce((sum, layer) => sum + sizeOf(layer.rules), 0);
  return (
    <>
      <div className="toolbar">
        <h1>Rules</h1>
        {count !== undefined && <span className="soft num">{writeCount(count, "rule")} in force</span>}
        {workspace !== undefined && (
          <Button size="small" className="push" onClick={() => setEditing(true)}>
            Edit rules
          </Button>
        )}
        {isEditing && workspace !== undefined && (
          <RulesEditor
            rules={workspace.rules}
            onClose={() => setEditing(false)}
            onSaved={() => {
              setEditing(false);
              rules.reload();
            }}
          />
        )}
      </div>
      <div className="rules-split">
        <section className="scroll" aria-label="Rules in force">
          <p className="page-strip">Deny is looked at first, then allow, then ask. What no rule matches is asked.</p>
          {rules.problem !== null && (
            <ErrorNote problem={rules.problem} className="m-3" action={{ label: "Try again", run: rules.reload }} />
          )}
          {rules.isLoading && <Loading what="rules" rows={8} />}
          {rules.data?.length === 0 && <EmptyState>No rules are in force, so everything is asked.</EmptyState>}
          {rules.data?.map((layer, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- a layer can stand for several repositories, and none moves
            <Layer key={index} layer={layer.layer} rules={layer.rules} />
          ))}
          <Grants onRevoked={rules.reload} />
        </section>
        <TryIt />
      </div>
    </>
  );
}

function Layer({ layer, rules }: { readonly layer: RuleLayer; readonly rules: RuleList }) {
  const { name, what } = layers[layer];
  return (
    <section aria-label={name}>
      <h2 className="group-head">
        {name} <span className="label">{what}</span>
        <span className="label push num">{sizeOf(rules)}</span>
      </h2>
      <ul>
        {sizeOf(rules) === 0 && <li className="rule-row label">No rules.</li>}
        {lists.flatMap(({ list, word, icon, look }) =>
          rules[list].map((text) => (
            <li key={`${list} ${text}`} className="rule-row">
              <span className={`verdict-word w-16 ${list === "allow" ? "" : look}`}>
                <Icon name={icon} size={14} className={look} />
                {word}
              </span>
              <code>{text}</code>
            </li>
          )),
        )}
      </ul>
    </section>
  );
}

function sizeOf(rules: RuleList): number {
  return rules.deny.length + rules.allow.length + rules.ask.length;
}
