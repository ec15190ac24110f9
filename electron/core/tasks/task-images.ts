import { createHash } from "node:crypto";
import { type ImageType, maximumImageBytes, TaskImage } from "#shared/contract/image.ts";
import type { TaskId } from "#shared/contract/ids.ts";
import { imageTypeOf } from "#shared/domain/image-type.ts";
import * as z from "zod";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { randomId } from "../kernel/ids.ts";
import type { Database } from "../storage/database.ts";

/** What one task may keep. */
const maximumOfTask = { count: 200, bytes: 100 * 1_024 * 1_024 };

/** Pictures that people and agents put into tasks. They are kept with their task, and go with it. */
export class TaskImages {
  readonly #database: Database;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** By its bytes, whatever it calls itself. INVALID_INPUT for what is no picture or too large, LIMIT_REACHED when the task holds too much. */
  keep(taskId: TaskId, data: string): TaskImage {
    const bytes = Buffer.from(data, "base64");
    const type = imageTypeOf(bytes);
    if (type === null) throw new UserError("INVALID_INPUT", "This is no picture that can be taken.", "Take a PNG, JPEG, GIF or WebP.");
    if (bytes.byteLength > maximumImageBytes) throw new UserError("INVALID_INPUT", "The picture has more than 5 MiB.", "Make it smaller.");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const same = this.#find("task_id = ? and sha256 = ?", taskId, sha256);
    if (same !== null) return same;
    const held = Held.parse(
      this.#database.get("select count(*) as count, coalesce(sum(size), 0) as bytes from task_images where task_id = ?", taskId),
    );
    if (held.count >= maximumOfTask.count || held.bytes + bytes.byteLength > maximumOfTask.bytes) {
      throw new UserError("LIMIT_REACHED", "This task keeps too many pictures already.", "Go on in a new task.");
    }
    const image: TaskImage = { id: randomId("img"), type, bytes: bytes.byteLength };
    this.#database.run(
      "insert into task_images (id, task_id, type, size, sha256, content, at) values (?, ?, ?, ?, ?, ?, ?)",
      image.id,
      taskId,
      type,
      image.bytes,
      sha256,
      bytes,
      this.#clock.now(),
    );
    return image;
  }

  /** NOT_FOUND for a picture of another task, or none. */
  describe(taskId: TaskId, id: string): TaskImage {
    const found = this.#find("task_id = ? and id = ?", taskId, id);
    if (found !== null) return found;
    throw new UserError("NOT_FOUND", "There is no such picture in this task.", "Attach it again.");
  }

  /** As base64. NOT_FOUND as {@link describe}. */
  read(taskId: TaskId, id: string): { readonly type: ImageType; readonly data: string } {
    const { type } = this.describe(taskId, id);
    const { content } = Content.parse(this.#database.get("select content from task_images where task_id = ? and id = ?", taskId, id));
    return { type, data: Buffer.from(content).toString("base64") };
  }

  #find(condition: string, ...parameters: readonly string[]): TaskImage | null {
    const row = this.#database.get(`select id, type, size as bytes from task_images where ${condition}`, ...parameters);
    return row === undefined || row === null ? null : TaskImage.parse(row);
  }
}

const Held = z.object({ count: z.int(), bytes: z.int() });
const Content = z.object({ content: z.instanceof(Uint8Array) });
