import * as z from "zod";

/** What a request of git's smart HTTP or of Git LFS does to which repository. */
export interface GitOperation {
  /** The path before git's own part, without `.git` and outer slashes: `owner/name`. */
  readonly repository: string;
  readonly verb: "fetch" | "push";
  /** Ids of the objects that a batch of LFS is about; left out of everything else. */
  readonly objects?: readonly string[];
}

/**
 * Reads what git asks for, from method, path and query alone (gitprotocol-http(5), Git LFS API). Null
 * for everything else. A batch of LFS counts as a push until its body is known
 * ({@link verbOfLfsBatch}); what is not surely a fetch is a push.
 */
export function gitOperationOf(method: string, path: string, query: string): GitOperation | null {
  const found =
    /^\/(?<repository>[^/].*?)(?:\.git)?\/(?<rest>info\/refs|git-upload-pack|git-receive-pack|info\/lfs\/.+|HEAD|objects\/.+)$/.exec(path);
  const repository = found?.groups?.["repository"];
  const rest = found?.groups?.["rest"];
  if (repository === undefined || rest === undefined) return null;
  const isReading = method === "GET" || method === "HEAD";
  switch (true) {
    case rest === "info/refs": {
      const services = query
        .split("&")
        .filter((pair) => pair.startsWith("service="))
        .map((pair) => pair.slice("service=".length));
      if (services.length === 0) return isReading && path.includes(".git/") ? { repository, verb: "fetch" } : null;
      return { repository, verb: isReading && services.every((one) => one === "git-upload-pack") ? "fetch" : "push" };
    }
    case rest === "git-upload-pack":
      return { repository, verb: method === "POST" ? "fetch" : "push" };
    case rest === "git-receive-pack":
      return { repository, verb: "push" };
    // Lists the locks of others; it takes its wish as a body, and changes nothing (Git LFS API, "Locking").
    case rest === "info/lfs/locks/verify" && method === "POST":
      return { repository, verb: "fetch" };
    case rest.startsWith("info/lfs/"):
      return { repository, verb: isReading ? "fetch" : "push" };
    default:
      // The files of the dumb protocol.
      return path.includes(".git/") ? { repository, verb: isReading ? "fetch" : "push" } : null;
  }
}

/** Whether the request is a batch of LFS, whose body says what it does. */
export function isLfsBatch(method: string, path: string): boolean {
  return method === "POST" && path.endsWith("/info/lfs/objects/batch");
}

const Batch = z.object({ objects: z.array(z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/) })).max(10_000) });

/** Ids of the objects that a batch of LFS names; none where it cannot be read. */
export function objectsOfLfsBatch(body: Buffer): readonly string[] {
  try {
    return Batch.parse(JSON.parse(body.toString("utf8"))).objects.map(({ oid }) => oid);
  } catch {
    return [];
  }
}

/** What a batch of LFS does. What cannot be read is a push. */
export function verbOfLfsBatch(body: Buffer): GitOperation["verb"] {
  const text = body.toString("utf8");
  try {
    const parsed: unknown = JSON.parse(text);
    const isDownload = typeof parsed === "object" && parsed !== null && "operation" in parsed && parsed.operation === "download";
    // Of a name that stands there twice, another reader may take the other.
    return isDownload && text.split(/"operation"|\\u/).length === 2 ? "fetch" : "push";
  } catch {
    return "push";
  }
}
