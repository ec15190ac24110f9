import type { IconName } from "../ui/Icon.tsx";

export interface Place {
  readonly path: "/" | "/approvals" | "/vault" | "/rules" | "/audit" | "/sandboxes" | "/settings";
  readonly label: string;
  readonly icon: IconName;
  readonly keys: string;
}

/** The places of the sidebar, in the order of their keys. */
export const places: readonly Place[] = [
  { path: "/", label: "Board", icon: "board", keys: "mod+1" },
  { path: "/approvals", label: "Approvals", icon: "inbox", keys: "mod+2" },
  { path: "/vault", label: "Vault", icon: "key", keys: "mod+3" },
  { path: "/rules", label: "Rules", icon: "rules", keys: "mod+4" },
  { path: "/audit", label: "Audit", icon: "audit", keys: "mod+5" },
  { path: "/sandboxes", label: "Sandboxes", icon: "box", keys: "mod+6" },
];

export const settingsPlace: Place = { path: "/settings", label: "Settings", icon: "sliders", keys: "mod+," };
