import { Button } from "../../ui/Button.tsx";
import { type RuleExample, ruleExamples } from "./rule-words.ts";

/** Rules to begin with, each with what it is for. */
export function RuleExamples({ onUse }: { readonly onUse: (example: RuleExample) => void }) {
  return (
    <details className="fold">
      <summary>Examples</summary>
      <ul className="replayed">
        {ruleExamples.map((example) => (
          <li key={example.text}>
            <span className="verdict-word w-12">{example.list}</span>
            <code className="wrap-anywhere">{example.text}</code>
            <span className="label push">{example.words}</span>
            <Button size="small" look="quiet" aria-label={`Add ${example.list} ${example.text}`} onClick={() => onUse(example)}>
              Add
            </Button>
          </li>
        ))}
      </ul>
    </details>
  );
}
