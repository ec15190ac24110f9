import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".map": "application/json",
};

export interface StaticFile {
  readonly body: Buffer;
  readonly type: string;
  /** The name holds a hash of the content, so it may be cached for ever. */
  readonly isImmutable: boolean;
}

/** All files of the renderer by their address. A fixed table: no request can name another file. */
export function readStaticFiles(folder: string): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const address = `/${relative(folder, path).split(sep).join("/")}`;
    const type = types[extname(entry.name)];
    if (type === undefined) continue;
    files.set(address, { body: readFileSync(path), type, isImmutable: address.startsWith("/assets/") });
  }
  return files;
}
