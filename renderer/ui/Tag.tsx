import type { ReactNode } from "react";
import { Icon, type IconName } from "./Icon.tsx";

export type Meaning = "allow" | "ask" | "deny" | "running" | "review" | "done";

/** A state in a word. `weaker` is the product's only solid red fill: weaker than the default, nothing else. */
export function Tag({
  meaning = "done",
  icon,
  title,
  className = "",
  children,
}: {
  readonly meaning?: Meaning | "outline" | "weaker";
  readonly icon?: IconName;
  readonly title?: string;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  return (
    <span className={`tag ${meaning === "outline" ? "tag-outline" : `is-${meaning}`} ${className}`} title={title}>
      {icon !== undefined && <Icon name={icon} size={12} />}
      {children}
    </span>
  );
}
