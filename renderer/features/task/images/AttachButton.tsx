import { useRef } from "react";
import { Button } from "../../../ui/Button.tsx";

/** Picks pictures from this computer; off, with why, where the agent takes none. */
export function AttachButton({ off, onFiles }: { readonly off: string | false; readonly onFiles: (files: readonly File[]) => void }) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={picker}
        type="file"
        accept="image/png,image/jpeg,image/gif,image/webp"
        multiple
        hidden
        aria-label="Pictures for the agent"
        onChange={({ target }) => {
          const files = [...(target.files ?? [])];
          target.value = "";
          onFiles(files);
        }}
      />
      <Button size="small" look="quiet" icon="plus" off={off} onClick={() => picker.current?.click()}>
        Picture
      </Button>
    </>
  );
}
