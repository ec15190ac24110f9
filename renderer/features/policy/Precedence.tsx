import { Icon } from "../../ui/Icon.tsx";
import { lists } from "./rule-words.ts";

const says = { deny: "refused, always", allow: "runs", ask: "waits for you" } as const;

/** In which order rules decide, in one glance. */
export function Precedence() {
  return (
    <div className="page-strip precedence">
      <ol aria-label="The order in which rules decide">
        {lists.map(({ list, word, icon, look }) => (
          <li key={list}>
            <Icon name={icon} size={14} className={look} />
            <span>
              <span className="strong">{word}:</span> {says[list]}
            </span>
          </li>
        ))}
        <li>
          <Icon name="circle" size={14} className="label" />
          <span>
            <span className="strong">No rule:</span> waits for you
          </span>
        </li>
      </ol>
      <p className="label small">
        The first that names a call decides, whichever layer it stands in. Only an ask that is narrower than an allow wins over it.
      </p>
    </div>
  );
}
