import { useState } from "react";
import { PriceEntry } from "#shared/contract/usage.ts";
import { useChange } from "../../rpc/queries.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { DialogFoot } from "../../ui/DialogFoot.tsx";
import { Field } from "../../ui/Field.tsx";
import { ErrorNote } from "../../ui/states.tsx";

const rateNames = ["input", "output", "cachedRead", "cacheWrite", "cacheWriteLong"] as const;
type RateName = (typeof rateNames)[number];
const labels: Readonly<Record<RateName, string>> = {
  input: "Input",
  output: "Output",
  cachedRead: "Read from a cache",
  cacheWrite: "Write to a cache",
  cacheWriteLong: "Write for an hour",
};

/** A price of one's own; the shipped one stays and holds again when this is removed. */
export function PriceDialog({ edited, onClose }: { readonly edited: PriceEntry | "new"; readonly onClose: () => void }) {
  const before = edited === "new" ? null : edited;
  const [pattern, setPattern] = useState(before?.pattern ?? "");
  const [source, setSource] = useState(before?.source ?? "");
  const [rates, setRates] = useState<Readonly<Record<RateName, string>>>({
    input: text(before?.input),
    output: text(before?.output),
    cachedRead: text(before?.cachedRead),
    cacheWrite: text(before?.cacheWrite),
    cacheWriteLong: text(before?.cacheWriteLong),
  });
  const [today] = useState(() => new Date().toISOString().slice(0, 10));
  const read = PriceEntry.safeParse({
    ...{ pattern: pattern.trim(), source, long: before?.long ?? null, asOf: today },
    ...Object.fromEntries(rateNames.map((name) => [name, rates[name].trim() === "" ? null : Number(rates[name])])),
  });
  const save = useChange((client, entry: PriceEntry) => client.usage.setPrice(entry), { reloads: [["usage"]], onDone: onClose });
  return (
    <Dialog
      open
      onClose={onClose}
      title={before === null ? "Add a price" : `The price of ${before.pattern}`}
      className="w-[480px]"
      foot={
        <DialogFoot
          action="Save"
          off={save.isRunning ? "It is being saved" : read.success ? false : "Model, input and output are needed, as numbers"}
          onAction={() => read.success && save.run(read.data)}
          onClose={onClose}
        />
      }
    >
      <div className="grid gap-4">
        <Field
          label="Model"
          className="mono-input"
          hint="Its name; * for any characters. A date or -latest after it is meant too."
          value={pattern}
          onChange={(event) => setPattern(event.target.value)}
        />
        <div className="form-pair">
          {rateNames.map((name) => (
            <Field
              key={name}
              label={labels[name]}
              inputMode="decimal"
              placeholder={name === "input" || name === "output" ? "" : "as input"}
              beside={<span className="label small">$ / M</span>}
              value={rates[name]}
              onChange={(event) => setRates((held) => ({ ...held, [name]: event.target.value }))}
            />
          ))}
        </div>
        {before?.long !== undefined && before.long !== null && (
          <p className="small label">Its higher price above {before.long.above.toLocaleString("en")} tokens stays as it is.</p>
        )}
        <Field label="Where you read it" value={source} onChange={(event) => setSource(event.target.value)} />
        {save.problem !== null && <ErrorNote problem={save.problem} />}
      </div>
    </Dialog>
  );
}

function text(rate: number | null | undefined): string {
  return rate === null || rate === undefined ? "" : String(rate);
}
