import { cp, mkdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import * as z from "zod";
import { RepositoryId, Timestamp } from "#shared/contract/ids.ts";
import type { Repository } from "#shared/contract/repository.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { randomId } from "../kernel/ids.ts";
import type { Database } from "../storage/database.ts";
import { defaultBranch, listBranches } from "./branches.ts";
import { git } from "./git.ts";
import { type Located, locate } from "./locate.ts";

const Row = z
  .object({
    id: RepositoryId,
    name: z.string(),
    path: z.string(),
    default_branch: z.string().nullable(),
    is_sample: z.int(),
    added_at: Timestamp,
  })
  .transform(
    (row): Repository => ({
      id: row.id,
      name: row.name,
      path: row.path,
      defaultBranch: row.default_branch,
      isSample: row.is_sample === 1,
      addedAt: row.added_at,
    }),
  );

/** Date of the sample's one commit, so that its id is the same on every computer. */
const sampleDate = "2025-01-01T00:00:00Z";

/** The repositories that the person has added. Their folders are read, never written, except for refs under `refs/gatehouse`. */
export class Repositories {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #sampleSource: string;
  readonly #sampleFolder: string;

  constructor(parts: {
    readonly database: Database;
    readonly clock: Clock;
    /** `RuntimeFiles.sampleRepository` */
    readonly sampleSource: string;
    readonly dataFolder: string;
  }) {
    this.#database = parts.database;
    this.#clock = parts.clock;
    this.#sampleSource = parts.sampleSource;
    this.#sampleFolder = join(parts.dataFolder, "sample-repository");
  }

  list(): Repository[] {
    return z.array(Row).parse(this.#database.all("select * from repositories order by added_at, id"));
  }

  /** NOT_FOUND when there is none with this id. */
  get(id: RepositoryId): Repository {
    const row = this.#database.get("select * from repositories where id = ?", id);
    if (row === undefined || row === null) {
      throw new UserError("NOT_FOUND", "This repository is not in the list any more.", "Add it again by its folder.");
    }
    return Row.parse(row);
  }

  /** Branch names, most recently committed first. NOT_A_REPOSITORY when the folder has gone. */
  async branches(id: RepositoryId, signal?: AbortSignal): Promise<string[]> {
    return [...(await listBranches(await locate(this.get(id).path, signal), signal))];
  }

  /** Adds the repository that holds `path`. NOT_A_REPOSITORY, EMPTY_REPOSITORY, CONFLICT when it is there already. */
  async add(path: string, signal?: AbortSignal): Promise<Repository> {
    const located = await locate(path, signal);
    const known = this.#byPath(located.path);
    if (known !== null) {
      throw new UserError("CONFLICT", `${known.name} is in the list already.`, "Choose it in the list of repositories.");
    }
    return await this.#insert(located, false, signal);
  }

  /** Copies the sample repository into the data folder and adds it; the existing one if it is there. */
  async addSample(signal?: AbortSignal): Promise<Repository> {
    if (!(await isFolder(join(this.#sampleFolder, ".git")))) await this.#makeSample(signal);
    const located = await locate(this.#sampleFolder, signal);
    return this.#byPath(located.path) ?? (await this.#insert(located, true, signal));
  }

  /** Forgets it; the folder stays as it is. CONFLICT while it has tasks. */
  remove(id: RepositoryId): void {
    const { name } = this.get(id);
    this.#database.transaction(() => {
      const { tasks } = z
        .object({ tasks: z.int() })
        .parse(this.#database.get("select count(*) as tasks from tasks where repository_id = ?", id));
      if (tasks > 0) {
        throw new UserError("CONFLICT", `${name} still has ${tasks === 1 ? "a task" : `${tasks} tasks`}.`, "Remove its tasks first.");
      }
      this.#database.run("delete from repositories where id = ?", id);
    });
  }

  #byPath(path: string): Repository | null {
    const row = this.#database.get("select * from repositories where path = ?", path);
    return row === undefined || row === null ? null : Row.parse(row);
  }

  async #insert(located: Located, isSample: boolean, signal: AbortSignal | undefined): Promise<Repository> {
    const [first] = await listBranches(located, signal);
    if (first === undefined) {
      throw new UserError(
        "EMPTY_REPOSITORY",
        `${located.path} has no branch with a commit yet.`,
        "Commit something on a branch, then add it.",
      );
    }
    const repository: Repository = {
      id: RepositoryId.parse(randomId("repo")),
      name: basename(located.path.replace(/\/\.git$/, "")),
      path: located.path,
      defaultBranch: (await defaultBranch(located, signal)) ?? first,
      isSample,
      addedAt: this.#clock.now(),
    };
    return this.#database.transaction(() => {
      const already = this.#byPath(repository.path);
      if (already !== null) return already;
      this.#database.run(
        "insert into repositories (id, name, path, default_branch, is_sample, added_at) values (?, ?, ?, ?, ?, ?)",
        repository.id,
        repository.name,
        repository.path,
        repository.defaultBranch,
        isSample ? 1 : 0,
        repository.addedAt,
      );
      return repository;
    });
  }

  async #makeSample(signal: AbortSignal | undefined): Promise<void> {
    const unfinished = `${this.#sampleFolder}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await rm(this.#sampleFolder, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    await cp(this.#sampleSource, unfinished, { recursive: true });
    const options = { cwd: unfinished, environment: { GIT_AUTHOR_DATE: sampleDate, GIT_COMMITTER_DATE: sampleDate } };
    await git(["init", "--quiet", "--template=", "--initial-branch=main"], options, signal);
    await git(["add", "--all"], options, signal);
    await git(["commit", "--quiet", "--message=A small till with one failing test"], options, signal);
    await rename(unfinished, this.#sampleFolder);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true;
}
