import { parentPort } from "node:worker_threads";
import Libsql from "libsql";
import * as z from "zod";

/** One job on a database file, in a thread of its own: each takes seconds a gigabyte and would hold everything else up. */
const Request = z.object({
  kind: z.enum(["copy", "check"]),
  file: z.string(),
  /** By transfer; overwritten here once used. */
  key: z.instanceof(Uint8Array),
  /** Where a copy goes: an empty file. */
  into: z.string().nullable(),
});

/** A failure ends the worker with an error, which is how whoever asked learns of it. */
parentPort?.once("message", (message: unknown) => {
  const { kind, file, key, into } = Request.parse(message);
  const options = { encryptionCipher: "aes256cbc", encryptionKey: Buffer.from(key).toString("hex"), timeout: 10_000 };
  key.fill(0);
  const database = new Libsql(file, options);
  try {
    if (kind === "copy") database.prepare("vacuum into ?").run([into]);
    const found = kind === "copy" ? ["ok"] : problems(database);
    parentPort?.postMessage({ problems: found.filter((problem) => problem !== "ok") }, []);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : null;
    parentPort?.postMessage({ failure: error instanceof Error ? error.message : String(error), code }, []);
  } finally {
    database.close();
  }
});

function problems(database: Libsql.Database): readonly string[] {
  const rows = ["integrity_check(20)", "foreign_key_check"].map((check) => z.array(z.unknown()).parse(database.pragma(check)));
  const [integrity = [], references = []] = rows;
  const found = integrity.map((row) => Object.values(Object(row)).join(" "));
  return references.length === 0 ? found : [...found, `${references.length} rows name others that are not there`];
}
