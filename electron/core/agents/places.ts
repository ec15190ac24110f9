/** What the places in a profile's texts stand for in one sandbox. */
export interface Places {
  readonly agent: string;
  readonly packages: string | null;
  readonly home: string;
  readonly worktree: string;
  readonly arch: string;
}

/** Puts the places into a word of a command or a variable. */
export function fillPlaces(text: string, places: Places): string {
  return text.replaceAll(/\{(agent|packages|home|worktree|arch)\}/gu, (_, name: string) => valueOf(name, places));
}

/** Puts the places into a settings file: escaped as inside a string of JSON, which TOML's basic strings read the same. */
export function fillSettings(text: string, places: Places): string {
  return text.replaceAll(/\{(agent|packages|home|worktree|arch)\}/gu, (_, name: string) =>
    JSON.stringify(valueOf(name, places)).slice(1, -1),
  );
}

function valueOf(name: string, places: Places): string {
  switch (name) {
    case "agent":
      return places.agent;
    case "packages":
      return places.packages ?? "";
    case "home":
      return places.home;
    case "worktree":
      return places.worktree;
    default:
      return places.arch;
  }
}
