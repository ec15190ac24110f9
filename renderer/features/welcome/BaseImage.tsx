import { useState } from "react";
import { Settings } from "#shared/contract/settings.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Field } from "../../ui/Field.tsx";

/** Names the image to build on, for a machine that cannot reach the registry of the usual one. */
export function BaseImage({ onNamed }: { readonly onNamed: () => void }) {
  const settings = useRead(["settings"], (client, signal) => client.settings.get({}, { signal }));
  const [typed, setTyped] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const update = useChange((client, baseImage: string | null) => client.settings.update({ baseImage }), {
    reloads: [["settings"], ["sandboxes"]],
    onDone: onNamed,
  });
  if (settings.data === undefined) return null;
  const value = typed ?? settings.data.baseImage ?? "";
  return (
    <form
      className="flex items-start gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        const wish = value.trim() === "" ? null : value.trim();
        const read = Settings.shape.baseImage.safeParse(wish);
        setError(read.success ? null : (read.error.issues[0]?.message ?? "not an image name"));
        if (read.success && !update.isRunning) update.run(wish);
      }}
    >
      <Field
        label="Base image"
        className="mono-input flex-1"
        placeholder="as shipped"
        value={value}
        error={error ?? update.problem?.message}
        hint="An image that this engine has already, with git, bash and Node 20 or newer. Empty: the one Gatehouse names."
        onChange={(event) => setTyped(event.target.value)}
      />
      <Button type="submit" className="mt-6" off={update.isRunning ? "It is being saved" : false}>
        Build on it
      </Button>
    </form>
  );
}
