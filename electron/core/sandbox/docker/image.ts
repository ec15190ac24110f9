import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import type Docker from "dockerode";
import * as z from "zod";
import { UserError } from "../../kernel/errors.ts";
import { labels } from "./container.ts";
import { cancelled } from "../cancelled.ts";
import { asUserError, engineStatus } from "./engine-errors.ts";
import { idOf, removeNameless } from "./nameless-images.ts";

/** How many of the last lines of a failed build are shown. */
const shownLines = 12;

export interface ImageSource {
  /** Folder with the Dockerfile. */
  readonly folder: string;
  /** The image it builds on; null for the one that the Dockerfile names. */
  readonly baseImage: string | null;
  /** What the engine has under that name, by content; null where it has none yet. */
  readonly baseId?: string | null;
}

/** The name of the image that all others stand on: the person's, or the Dockerfile's own. */
export async function baseName(source: Pick<ImageSource, "folder" | "baseImage">): Promise<string | null> {
  if (source.baseImage !== null) return source.baseImage;
  const dockerfile = await readFile(join(source.folder, "Dockerfile"), "utf8");
  return /^ARG BASE=(\S+)$/mu.exec(dockerfile)?.[1] ?? null;
}

/** The source with the id that its base has now: what is built is pinned to it, and is built anew once the base is another one. */
export async function pinned(docker: Docker, source: ImageSource): Promise<ImageSource> {
  const name = await baseName(source);
  if (name === null) return source;
  try {
    return { ...source, baseId: (await docker.getImage(name).inspect()).Id };
  } catch (error) {
    if (engineStatus(error) === 404) return { ...source, baseId: null };
    throw asUserError(error, "looking for the base image");
  }
}

/** Name of the sandbox's base image: the same Dockerfile on the same base has the same name. */
export async function imageName(source: ImageSource): Promise<string> {
  const hash = createHash("sha256");
  hash.update(await readFile(join(source.folder, "Dockerfile")));
  hash.update(`\0${source.baseImage ?? ""}`);
  return `gatehouse-sandbox:${hash.digest("hex").slice(0, 16)}`;
}

/** Name of the image with these tools on that base. */
export async function toolsImageName(source: ImageSource, base: string, tools: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  hash.update(await readFile(join(source.folder, "Dockerfile.tools")));
  hash.update(`\0${base}\0${tools.join(" ")}`);
  return `gatehouse-tools:${hash.digest("hex").slice(0, 16)}`;
}

export async function hasImage(docker: Docker, name: string): Promise<boolean> {
  try {
    await docker.getImage(name).inspect();
    return true;
  } catch (error) {
    if (engineStatus(error) === 404) return false;
    throw asUserError(error, "looking for the sandbox image");
  }
}

/** Whether it is there and was made on the base of now. One that does not say on which it was made is taken. */
export async function isFresh(docker: Docker, name: string, source: ImageSource): Promise<boolean> {
  try {
    const { Config } = await docker.getImage(name).inspect();
    const rootId = Labelled.parse(Config).Labels?.[labels.rootId] ?? "";
    return rootId === "" || source.baseId === undefined || source.baseId === null || rootId === source.baseId;
  } catch (error) {
    if (engineStatus(error) === 404) return false;
    throw asUserError(error, "looking for the sandbox image");
  }
}

const Labelled = z.object({ Labels: z.record(z.string(), z.string()).nullish() });

/** One JSON value of the engine's build output; only what is shown is read. */
const BuildEvent = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  id: z.string().optional(),
  error: z.string().optional(),
});

export interface ImageBuild {
  readonly source: ImageSource;
  readonly name: string;
  readonly dockerfile: "Dockerfile" | "Dockerfile.tools";
  /** Build arguments; null for the base image that the source names. */
  readonly build: Readonly<Record<string, string>> | null;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Builds an image with the engine's own builder. IMAGE_BUILD_FAILED names the step that failed and
 * the last lines it wrote.
 */
export async function buildImage(docker: Docker, image: ImageBuild, onLine: (line: string) => void, signal?: AbortSignal): Promise<void> {
  const { source, name } = image;
  if (signal?.aborted) throw cancelled("building the sandbox image");
  const tail: string[] = [];
  let step = "";
  let made: string | null = null;
  const tell = (line: string) => {
    made = /^ ---> ([0-9a-f]{12,64})$/u.exec(line)?.[1] ?? made;
    if (/^Step \d+\/\d+ : /.test(line)) step = line;
    tail.push(line);
    if (tail.length > shownLines) tail.shift();
    onLine(line);
  };
  const before = await idOf(docker, name);
  try {
    const context = await buildContext(source.folder, image);
    const output = await docker.buildImage(context, {
      t: name,
      buildargs: { ...(image.build ?? baseArgument(source)) },
      rm: true,
      forcerm: true,
      ...(signal === undefined ? {} : { abortSignal: signal }),
    });
    const failure = await follow(output, tell, signal);
    if (failure !== null) throw buildFailed(step, failure, tail, source);
    if (before !== (await idOf(docker, name))) await removeNameless(docker, before);
  } catch (error) {
    await removeNameless(docker, made);
    if (signal?.aborted) throw cancelled("building the sandbox image");
    if (engineStatus(error) !== null) throw buildFailed(step, asUserError(error, "building").message, tail, source);
    throw asUserError(error, "building the sandbox image");
  }
}

/** By its id where it is there: whoever gives its name to another image meanwhile changes nothing. */
function baseArgument({ baseId, baseImage }: ImageSource): Readonly<Record<string, string>> {
  const base = baseId ?? baseImage;
  return base === null ? {} : { BASE: base };
}

/** Labelled from its first step on, so that what a build leaves that fails can be told from what is somebody else's. */
async function buildContext(folder: string, image: Pick<ImageBuild, "dockerfile" | "labels">): Promise<NodeJS.ReadableStream> {
  const { pack } = await import("tar-stream");
  const archive = pack();
  const words = Object.entries(image.labels).map(([key, value]) => `${key}=${JSON.stringify(value).replaceAll("$", "\\$")}`);
  const written = await readFile(join(folder, image.dockerfile), "utf8");
  const labelled = written.replace(/^FROM .*$/mu, (from) => `${from}\nLABEL ${words.join(" ")}`);
  archive.entry({ name: "Dockerfile", mode: 0o644, mtime: new Date(0) }, labelled);
  archive.finalize();
  return Readable.from(archive);
}

/** Reads the build to its end; the engine's word for what failed, or null. */
async function follow(output: NodeJS.ReadableStream, tell: (line: string) => void, signal?: AbortSignal): Promise<string | null> {
  let failure: string | null = null;
  let unfinished = "";
  let words = "";
  const stop = () => void ("destroy" in output && typeof output.destroy === "function" && output.destroy());
  signal?.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of output) {
      unfinished += String(chunk);
      const lines = unfinished.split("\n");
      unfinished = lines.pop() ?? "";
      for (const line of lines) {
        const event = parseEvent(line);
        if (event === null) continue;
        if (event.error !== undefined) failure = event.error;
        if (event.status !== undefined) tell(event.id === undefined ? event.status : `${event.id}: ${event.status}`);
        words += event.stream ?? "";
        const said = words.split("\n");
        words = said.pop() ?? "";
        for (const one of said) if (one.trim() !== "") tell(printable(one));
      }
    }
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  if (signal?.aborted) throw cancelled("building the sandbox image");
  return failure;
}

function parseEvent(line: string): z.infer<typeof BuildEvent> | null {
  if (line.trim() === "") return null;
  try {
    return BuildEvent.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

function buildFailed(step: string, failure: string, tail: readonly string[], source: ImageSource): UserError {
  const lines = tail.filter((line) => line !== step).slice(-shownLines);
  const base = source.baseImage ?? "the image that the Dockerfile names";
  return new UserError(
    "IMAGE_BUILD_FAILED",
    [`The sandbox image could not be built${step === "" ? "" : ` (${step})`}: ${printable(failure)}`, ...lines].join("\n"),
    `It builds on ${base}. Where no registry can be reached, name in Settings a base image that the engine already has and that holds git, bash and Node 20 or newer.`,
  );
}

/** Without terminal sequences and control characters: a build can print what it likes. */
function printable(line: string): string {
  return line
    .replaceAll("\t", " ")
    .replaceAll(/\p{Cc}\[[0-9;]*[A-Za-z]/gu, "")
    .replaceAll(/\p{Cc}/gu, "")
    .trimEnd();
}
