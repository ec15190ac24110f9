/** Joins and normalises POSIX paths without touching a disk; `..` never climbs above the root. */
export function resolvePath(path: string, folder: string): string {
  const full = path.startsWith("/") ? path : `${folder}/${path}`;
  if (full.startsWith("/") && !/\/(?:\.{0,2})(?:\/|$)/.test(full)) return full;
  const segments: string[] = [];
  for (const segment of full.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment === "..") segments.pop();
    else segments.push(segment);
  }
  return `/${segments.join("/")}`;
}

/** Whether the normalised `path` is `folder` or below it, compared by segment. */
export function isWithin(path: string, folder: string): boolean {
  const root = resolvePath(folder, "/");
  return root === "/" || path === root || path.startsWith(`${root}/`);
}

/** A path with `~` or `~/` at its front read as the home folder. */
export function withHome(path: string, home: string): string {
  return path === "~" || path.startsWith("~/") ? home + path.slice(1) : path;
}

/**
 * What a program may take a path for besides what Linux does: `\\` for `/` and a drive (Windows), a `file:` address
 * (RFC 8089), `~name` for a home folder. For rules that deny or ask.
 */
export function otherReadings(path: string, home: string): readonly string[] {
  const readings: string[] = [];
  if (path.includes("\\")) readings.push(path.replaceAll("\\", "/").replace(/^[a-z]:(?=\/)/i, ""));
  const address = /^file:(?:\/\/[^/]*)?(\/.*)$/is.exec(path)?.[1];
  if (address !== undefined) readings.push(decoded(address));
  const homeOf = /^~[^/]+(\/.*)?$/s.exec(path);
  if (homeOf !== null) readings.push(home + (homeOf[1] ?? ""));
  return readings;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
