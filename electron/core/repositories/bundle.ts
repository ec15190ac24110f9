import type { Readable } from "node:stream";
import { UserError } from "../kernel/errors.ts";

/** What stands before the pack in a git bundle (gitformat-bundle(5)). */
export interface BundleHeader {
  readonly objectFormat: "sha1" | "sha256";
  readonly references: readonly { readonly id: string; readonly name: string }[];
}

export interface OpenedBundle {
  readonly header: BundleHeader;
  /** The pack that follows the header. The caller reads it or destroys the source. */
  readonly pack: AsyncIterable<Uint8Array>;
}

const maximumHeaderBytes = 65_536;
const headerEnd = Buffer.from("\n\n");

/** Reads the header of a bundle that a sandbox sent. HANDOVER_REFUSED when it is none. */
export async function openBundle(source: Readable): Promise<OpenedBundle> {
  const chunks: AsyncIterator<Buffer> = source[Symbol.asyncIterator]();
  let read = Buffer.alloc(0);
  let end = -1;
  while (end < 0) {
    if (read.length > maximumHeaderBytes) throw refusedBundle("its header is too long");
    const next = await chunks.next();
    if (next.done === true) throw refusedBundle("it ends within its header");
    read = Buffer.concat([read, next.value]);
    end = read.indexOf(headerEnd);
  }
  const header = parseHeader(read.subarray(0, end).toString("latin1"));
  return { header, pack: rest(read.subarray(end + headerEnd.length), chunks) };
}

async function* rest(first: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
}

function parseHeader(text: string): BundleHeader {
  const [signature, ...lines] = text.split("\n");
  if (signature !== "# v2 git bundle" && signature !== "# v3 git bundle") throw refusedBundle("it has no bundle's signature");
  let objectFormat: BundleHeader["objectFormat"] = "sha1";
  const references: { readonly id: string; readonly name: string }[] = [];
  for (const line of lines) {
    if (line.startsWith("-")) continue;
    if (line === "@object-format=sha1") continue;
    if (line === "@object-format=sha256") {
      objectFormat = "sha256";
      continue;
    }
    const [, id, name] = /^([0-9a-f]{40}|[0-9a-f]{64}) (.+)$/.exec(line) ?? [];
    if (id === undefined || name === undefined) throw refusedBundle("its header has a line that Gatehouse does not know");
    references.push({ id, name });
  }
  return { objectFormat, references };
}

export function refusedBundle(why: string, cause?: unknown): UserError {
  return new UserError(
    "HANDOVER_REFUSED",
    `What came back from the sandbox was refused: ${why}.`,
    "Look at the sandbox with your own shell, or write to the agent and let it try again.",
    ...(cause === undefined ? [] : [{ cause }]),
  );
}
