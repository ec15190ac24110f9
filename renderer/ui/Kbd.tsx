import { writeKeys } from "./keys.ts";

/** A key combination, written as the platform writes it. Assistive technology hears keys from the shortcut sheet, not here. */
export function Kbd({ keys, bare = false }: { readonly keys: string; readonly bare?: boolean }) {
  return (
    <kbd className={bare ? "bare" : undefined} aria-hidden="true">
      {writeKeys(keys)}
    </kbd>
  );
}
