import { readFileSync } from "node:fs";
import type { Logger } from "../../kernel/logger.ts";

const certificate = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
/** Longest file of authorities, bytes. */
const maximumBytes = 8 * 1_024 * 1_024;

/** Files of authorities that the person's environment names. */
export function caFilesOfEnvironment(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"].flatMap((name) => environment[name] ?? []).filter((path) => path !== "");
}

/** The certificates of these files, PEM, each once. A file that cannot be read is left out and said in the log. */
export function readCas(files: readonly string[], logger: Logger): readonly string[] {
  const found = files.flatMap((file) => {
    try {
      const text = readFileSync(file, "utf8");
      return text.length > maximumBytes ? [] : (text.match(certificate) ?? []);
    } catch (error) {
      logger.warn({ err: error, file }, "a file of extra authorities could not be read");
      return [];
    }
  });
  return [...new Set(found)];
}
