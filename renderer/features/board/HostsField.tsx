import { TextArea } from "../../ui/Field.tsx";

/** Where this task alone may connect; folded, because nothing is right as a rule. */
export function HostsField({
  hosts,
  onChange,
  error,
}: {
  readonly hosts: string;
  readonly onChange: (hosts: string) => void;
  readonly error: string | undefined;
}) {
  const count = hostsOf(hosts).length;
  return (
    <details open={error !== undefined}>
      <summary className="soft cursor-default">
        Hosts for this task{" "}
        <span className="label small">{count === 0 ? "none beyond what the rules allow" : count === 1 ? "one" : count}</span>
      </summary>
      <TextArea
        className="mt-2"
        label="It may connect to these without asking, one a line"
        hint="Only this task, not its repository. A rule that denies holds against it; anything else that it wants to reach is asked about."
        placeholder={"docs.example.com:443\nGET api.example.com/v1/*"}
        rows={3}
        spellCheck={false}
        value={hosts}
        error={error}
        onChange={(event) => onChange(event.target.value)}
      />
    </details>
  );
}

export function hostsOf(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
