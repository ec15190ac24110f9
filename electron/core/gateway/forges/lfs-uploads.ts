import type { Clock } from "../../kernel/clock.ts";
import type { SeenRequest } from "../intercept/interceptor.ts";

/** How long the objects of an allowed batch may be sent, milliseconds. */
const uploadMs = 3_600_000;
const maximumObjects = 20_000;

/** What a request adds to what is decided about it. */
interface Upload {
  readonly git: "push";
  readonly approvedBy?: string;
}

/**
 * Uploads of Git LFS: a batch says which objects are to come, and is asked about as a push is; once a person has
 * allowed it, exactly those objects may follow, each in a request of its own.
 */
export class LfsUploads {
  readonly #clock: Clock;
  readonly #objects = new Map<string, { readonly by: string; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Nothing for what is no upload. */
  partOf(request: SeenRequest): Upload | Record<string, never> {
    if (!isUpload(request)) return {};
    if (request.git?.objects !== undefined) return { git: "push" };
    const [last = ""] = request.path.split("/").slice(-1);
    // That an object has arrived is told without it (Git LFS API, "Verification").
    const known = last === "verify" ? this.#any(request) : this.#objects.get(keyOf(request, last));
    return known === undefined || known.until < this.#clock.monotonic() ? { git: "push" } : { git: "push", approvedBy: known.by };
  }

  /** A person has allowed this request. */
  allowed(request: SeenRequest, by: string): void {
    if (!isUpload(request)) return;
    const until = this.#clock.monotonic() + uploadMs;
    for (const oid of request.git?.objects ?? []) {
      if (this.#objects.size >= maximumObjects) return;
      this.#objects.set(keyOf(request, oid), { by, until });
    }
  }

  #any(request: SeenRequest) {
    const begin = keyOf(request, "");
    return [...this.#objects].find(([key]) => key.startsWith(begin))?.[1];
  }
}

function isUpload({ git, path }: SeenRequest): boolean {
  return git?.verb === "push" && path.includes("/info/lfs/");
}

function keyOf({ host, port, git }: SeenRequest, oid: string): string {
  return `${host}:${port} ${git?.repository ?? ""} ${oid}`;
}
