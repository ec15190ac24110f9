import pino, { type Logger } from "pino";
import { logLimits, RotatingFile, type RotationLimits } from "./rotating-file.ts";

export type { Logger };

/** Keys whose values are never written, wherever they stand (pino `redact`, wildcard depth 3). */
const secretKeys = ["passphrase", "password", "secret", "token", "authorization", "cookie", "value", "key", "apiKey"];

/** A structured logger: one JSON object a line, to a file that is put aside when it is full, or to standard error. */
export function createLogger(options: { readonly level: string; readonly file: string | null; readonly limits?: RotationLimits }): Logger {
  const { level, file, limits = logLimits } = options;
  const paths = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);
  const destination = file === null ? pino.destination({ dest: 2, sync: false }) : new RotatingFile(file, limits);
  return pino({ level, base: null, redact: { paths, censor: "[redacted]" } }, destination);
}

/** A logger that writes nothing; for tests. */
export function silentLogger(): Logger {
  return pino({ level: "silent" });
}
