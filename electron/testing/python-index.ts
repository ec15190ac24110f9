import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { storedZip } from "./package-hosts.ts";

interface IndexFile {
  readonly content: Buffer;
  readonly isYanked?: boolean;
}

/** An index of Python packages (simple repository API) on this computer, ended with the test. */
export async function pythonIndex() {
  /** By the path below `/files/`, whose beginning is the project's name. */
  const files = new Map<string, IndexFile>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    asked.push(path);
    const file = files.get(path.replace("/files/", ""));
    if (file !== undefined) {
      response.end(file.content);
      return;
    }
    const project = /^\/simple\/([^/]+)\/$/u.exec(path)?.[1] ?? "";
    const links = [...files].flatMap(([at, one]) => (at.startsWith(`${project}/`) ? [linkTo(at, one)] : []));
    if (links.length === 0) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": "text/html" }).end(links.join("\n"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address: AddressInfo | string | null = server.address();
  const origin = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const add = (project: string, name: string, content: Buffer, isYanked = false) =>
    void files.set(`${project}/${name}`, { content, isYanked });
  return { origin, url: `${origin}/simple`, add, asked };
}

function linkTo(at: string, { content, isYanked }: IndexFile): string {
  const hash = createHash("sha256").update(content).digest("hex");
  return `<a href="/files/${at}#sha256=${hash}"${isYanked === true ? ' data-yanked="it was broken"' : ""}>${at.split("/").at(-1)}</a>`;
}

/** A wheel for any Python, with what it requires and holds. */
export function wheelOf(name: string, version: string, holds: Readonly<Record<string, string>>, requires: readonly string[] = []): Buffer {
  const info = `${name}-${version}.dist-info`;
  const needs = requires.map((one) => `Requires-Dist: ${one}\n`).join("");
  return storedZip({
    ...holds,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${needs}`,
    [`${info}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    [`${info}/entry_points.txt`]: `[console_scripts]\n${name}-server = ${name}:main\n`,
    [`${info}/RECORD`]: "",
  });
}
