/** Whether somebody will be there to answer. */
export function UnattendedField({ value, onChange }: { readonly value: boolean; readonly onChange: (value: boolean) => void }) {
  return (
    <label className="flex items-start gap-2">
      <input type="checkbox" className="mt-1" checked={value} onChange={(event) => onChange(event.target.checked)} />
      <span>
        Unattended
        <span className="block small label">
          Its prompts wait for you as long as it takes and hold the run still. Otherwise one that nobody answers in time stops it.
        </span>
      </span>
    </label>
  );
}
