import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { Icon, type IconName } from "./Icon.tsx";
import { Kbd } from "./Kbd.tsx";
import { Tooltip } from "./Tooltip.tsx";

type Look = "plain" | "primary" | "quiet" | "deny";
type Size = "small" | "medium" | "large";

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "disabled"> {
  /** `primary`: the one main action of a screen. `deny`: refuses, stops or cannot be undone. */
  readonly look?: Look;
  readonly size?: Size;
  readonly icon?: IconName;
  /** Shown beside the words, as the platform writes it: `mod+n`. */
  readonly keys?: string;
  /** Off, with the reason as its tooltip; the button keeps its place in the tab order. */
  readonly off?: string | false;
  readonly ref?: Ref<HTMLButtonElement>;
  readonly children: ReactNode;
}

/** A button with words. It keeps focus when off, and says why it is. */
export function Button({
  look = "plain",
  size = "medium",
  icon,
  keys,
  off: reason,
  onClick,
  className = "",
  children,
  ...rest
}: ButtonProps) {
  const off = reason ?? false;
  const button = (
    <button
      type="button"
      {...rest}
      className={classes(look, size, className)}
      aria-disabled={off === false ? undefined : true}
      onClick={off === false ? onClick : (event) => event.preventDefault()}
    >
      {icon !== undefined && <Icon name={icon} size={size === "small" ? 14 : 16} />}
      {children}
      {keys !== undefined && <Kbd keys={keys} bare={look === "plain" || look === "quiet"} />}
    </button>
  );
  // One that may go off and on stays the same element throughout: another would lose the focus.
  return reason === undefined ? button : <Tooltip words={off === false ? "" : off}>{button}</Tooltip>;
}

export interface IconButtonProps extends Omit<ButtonProps, "children" | "icon"> {
  readonly icon: IconName;
  /** Its name: read out, and shown as the tooltip. */
  readonly name: string;
}

/** A button with an icon alone; only in toolbars and rows, always with a name. */
export function IconButton({
  icon,
  name,
  keys,
  look = "quiet",
  size = "small",
  off = false,
  onClick,
  className = "",
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip words={off === false || off === "" ? name : `${name}: ${off}`} {...(keys === undefined ? {} : { keys })}>
      <button
        type="button"
        {...rest}
        className={classes(look, size, `btn-icon ${className}`)}
        aria-label={name}
        aria-disabled={off === false ? undefined : true}
        onClick={off === false ? onClick : (event) => event.preventDefault()}
      >
        <Icon name={icon} size={size === "small" ? 14 : 16} />
      </button>
    </Tooltip>
  );
}

function classes(look: Look, size: Size, more: string): string {
  return `btn ${look === "plain" ? "" : `btn-${look}`} ${size === "medium" ? "" : `btn-${size}`} ${more}`;
}
