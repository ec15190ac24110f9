import type { Strength } from "#shared/contract/unlock.ts";
import "./unlock.css";

const words = ["Guessed at once", "Very weak", "Weak", "Good", "Strong"] as const;

/** How long guessing a passphrase takes, said plainly. Nothing before something is typed. */
export function StrengthMeter({ strength }: { readonly strength: Strength | null }) {
  if (strength === null) return null;
  const { score, crackTime, warning, suggestions } = strength;
  const advice = [warning, ...suggestions].filter((text): text is string => text !== null && text !== "");
  return (
    <div role="status" aria-label="How hard it is to guess">
      <div className="strength" data-score={score} aria-hidden="true">
        {[0, 1, 2, 3].map((bar) => (
          <i key={bar} className={bar < score ? "is-on" : ""} />
        ))}
      </div>
      <p className="small">
        <b>{words[score] ?? words[0]}.</b>{" "}
        <span className="soft">
          Who has your data folder and a strong machine needs {crackTime.startsWith("less") ? crackTime : `about ${crackTime}`} to guess it.
        </span>
      </p>
      {score < 3 && advice.length > 0 && <p className="small soft">{advice.join(" ")}</p>}
    </div>
  );
}
