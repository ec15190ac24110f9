import { useEffect, useRef, useState } from "react";
import type { Hook, HookTrial } from "#shared/contract/hook.ts";
import type { ToolRequest } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useChange } from "../../rpc/queries.ts";
import type { Proof } from "../../rpc/use-proof.ts";
import { Button } from "../../ui/Button.tsx";
import { Field, Labelled } from "../../ui/Field.tsx";
import { writeElapsed } from "../../ui/format.ts";
import type { IconName } from "../../ui/Icon.tsx";
import { Select } from "../../ui/Select.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { type Meaning, Tag } from "../../ui/Tag.tsx";
import { isTryKind, kinds, type TryKind, toRequest } from "./try-request.ts";

const outcomes: Readonly<
  Record<NonNullable<HookTrial["ran"]>["outcome"], { readonly tag: string; readonly meaning: Meaning; readonly icon: IconName }>
> = {
  passed: { tag: "Let it pass", meaning: "allow", icon: "check" },
  asked: { tag: "Asks", meaning: "ask", icon: "question" },
  denied: { tag: "Denied", meaning: "deny", icon: "deny" },
  failed: { tag: "Failed", meaning: "deny", icon: "alert" },
  told: { tag: "Went well", meaning: "allow", icon: "check" },
};

/** Runs a hook, as it stands in its form, on a made-up call. `hook`: null while it cannot be read. `proof`: for a program that is new. */
export function HookTrialBox({ hook, proof }: { readonly hook: Hook | null; readonly proof: () => Proof | null }) {
  const [kind, setKind] = useState<TryKind>("shell");
  const [typed, setTyped] = useState("");
  const read = toRequest(kind, typed);
  const request = read.ok ? read.request : null;
  const [tried, setTried] = useState<{ readonly trial: HookTrial; readonly number: number } | null>(null);
  const run = useChange(async (client, input: { readonly hook: Hook; readonly request: ToolRequest }) => {
    const trial = await client.policy.tryHook({ ...input, proof: proof() });
    setTried((before) => ({ trial, number: (before?.number ?? 0) + 1 }));
  });
  const { label, placeholder } = kinds[kind];
  const off = run.isRunning
    ? "It runs"
    : hook === null
      ? "The hook cannot be read yet"
      : request === null
        ? "Write a call to try it on"
        : false;
  return (
    <section className="hook-trial" aria-label="Try the hook">
      <div className="hook-trial-call">
        <Labelled label="Try it on">
          {(id) => (
            <Select
              id={id}
              value={kind}
              options={Object.entries(kinds).flatMap(([value, { name }]) => (isTryKind(value) ? [{ value, label: name }] : []))}
              onChange={setKind}
            />
          )}
        </Labelled>
        <Field
          label={label}
          placeholder={placeholder}
          className="mono-input"
          value={typed}
          error={read.ok ? null : read.why}
          onChange={(event) => setTyped(event.target.value)}
        />
        <Button off={off} onClick={() => hook !== null && request !== null && run.run({ hook, request })}>
          Try it
        </Button>
      </div>
      <div aria-live="polite">
        {run.problem !== null && <ErrorNote problem={run.problem} />}
        {run.problem === null && tried !== null && <Tried key={tried.number} trial={tried.trial} />}
      </div>
    </section>
  );
}

function Tried({ trial: { ran, words } }: { readonly trial: HookTrial }) {
  const outcome = ran === null ? null : outcomes[ran.outcome];
  const box = useRef<HTMLDivElement>(null);
  // In a small window it would come to stand below what is in view.
  useEffect(() => {
    // No arrow for short: newer browsers return a promise, which React would call when it is over.
    box.current?.scrollIntoView({ block: "nearest" });
  }, []);
  return (
    <div ref={box} className="grid gap-2">
      <p className="flex items-center gap-2">
        {outcome !== null && (
          <Tag meaning={outcome.meaning} icon={outcome.icon}>
            {outcome.tag}
          </Tag>
        )}
        <span className="wrap-anywhere">{escapeControls(words)}</span>
        {ran !== null && (
          <span className="label num push">
            {ran.code === null ? "" : `code ${ran.code}, `}
            {ran.durationMs < 1_000 ? `${ran.durationMs} ms` : writeElapsed(ran.durationMs)}
          </span>
        )}
      </p>
      {ran !== null && <Output name="Standard output" text={ran.stdout} />}
      {ran !== null && <Output name="Error output" text={ran.stderr} />}
    </div>
  );
}

function Output({ name, text }: { readonly name: string; readonly text: string }) {
  if (text.trim() === "") return null;
  return (
    <section>
      <h3 className="label small">{name}</h3>
      <pre className="hook-output">{escapeControls(text, { keepLines: true })}</pre>
    </section>
  );
}
