import { type ComponentProps, useState } from "react";
import { IconButton } from "./Button.tsx";
import { Field } from "./Field.tsx";

/**
 * A passphrase or a secret value. Uncontrolled: what is typed lives in the element alone, its caller reads it
 * once and empties it, and no state of the page ever holds it.
 */
export function PassphraseField(props: Omit<ComponentProps<typeof Field>, "value" | "onChange" | "type" | "beside" | "icon">) {
  const [isShown, setShown] = useState(false);
  return (
    <Field
      {...props}
      type={isShown ? "text" : "password"}
      icon="lock"
      size="large"
      autoCapitalize="off"
      beside={
        <IconButton
          icon="eye"
          name={isShown ? "Hide what I type" : "Show what I type"}
          aria-pressed={isShown}
          onClick={() => setShown(!isShown)}
        />
      }
    />
  );
}
