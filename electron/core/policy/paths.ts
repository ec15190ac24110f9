/** Joins and normalises POSIX paths without touching a disk; `..` never climbs above the root. */
export function resolvePath(path: string, folder: string): string {
  const full = path.startsWith("/") ? path : `${folder}/${path}`;
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
