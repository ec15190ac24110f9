import pino, { type Logger } from "pino";

export type { Logger };

/** Keys whose values are never written, wherever they stand (pino `redact`, wildcard depth 3). */
const secretKeys = ["passphrase", "password", "secret", "token", "authorization", "cookie", "value", "key", "apiKey"];

/** A structured logger: one JSON object a line, to `destination` (a file path) or standard error. */
export function createLogger(options: { readonly level: string; readonly file: string | null }): Logger {
  const paths = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);
  const destination = options.file === null ? 2 : options.file;
  return pino(
    { level: options.level, base: null, redact: { paths, censor: "[redacted]" } },
    pino.destination({ dest: destination, sync: false, mkdir: true, mode: 0o600 }),
  );
}

/** A logger that writes nothing; for tests. */
export function silentLogger(): Logger {
  return pino({ level: "silent" });
}
