import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { TaskId } from "#shared/contract/ids.ts";
import { fixtureKey } from "../../testing/fixture-database.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { silentLogger } from "../kernel/logger.ts";
import { openDatabase } from "../storage/open-database.ts";
import { TaskImages } from "./task-images.ts";

const task = TaskId.parse("t-000001");
const other = TaskId.parse("t-000002");
const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const picture = (size = 64) => Buffer.concat([png, randomBytes(size)]);

function open(): TaskImages {
  const clock = new ManualClock();
  const database = openDatabase({ file: join(temporaryFolder(), "images.db"), key: fixtureKey(), clock, logger: silentLogger() });
  onTestFinished(() => database.close());
  return new TaskImages(database, clock);
}

test("a picture comes back as it was, once however often it came, and to its own task alone", () => {
  const images = open();
  const bytes = picture();
  const kept = images.keep(task, bytes.toString("base64"));
  expect(kept).toMatchObject({ type: "image/png", bytes: bytes.byteLength });
  expect(images.keep(task, bytes.toString("base64"))).toEqual(kept);
  expect(images.read(task, kept.id)).toEqual({ type: "image/png", data: bytes.toString("base64") });
  expect(() => images.read(other, kept.id)).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
});

test.each([
  ["a drawing that can hold a script", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>")],
  ["more than 5 MiB", picture(5 * 1_024 * 1_024)],
  ["nothing", Buffer.alloc(0)],
])("%s is refused", (_, bytes) => {
  expect(() => open().keep(task, bytes.toString("base64"))).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
});

test("a task keeps no more than 100 MiB", () => {
  const images = open();
  const fill = () => images.keep(task, picture(4_900_000).toString("base64"));
  for (let count = 0; count < 21; count++) fill();
  expect(fill).toThrow(expect.objectContaining({ code: "LIMIT_REACHED" }));
});
