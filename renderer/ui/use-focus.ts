import { type RefObject, useEffect } from "react";

/** Puts the cursor where the next thing is typed, once its screen is there. */
export function useFocus(field: RefObject<HTMLElement | null>, when: unknown = null): void {
  useEffect(() => {
    field.current?.focus();
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- `when` says that another thing is typed now
  }, [field, when]);
}
