import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { UserError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/logger.ts";

const certificate = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
/** Longest file of authorities, bytes. */
const maximumBytes = 8 * 1_024 * 1_024;

/** Files of authorities that the person's environment names. */
export function caFilesOfEnvironment(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"].flatMap((name) => environment[name] ?? []).filter((path) => path !== "");
}

/** INVALID_INPUT where the file cannot be read, or holds anything but certificates of authorities that are valid now. */
export async function requireCaFile(file: string, nowMs: number): Promise<void> {
  const refuse = (problem: string): never => {
    const remedy = "Name a PEM file with the certificates of the authorities, as whoever runs your network gives it.";
    throw new UserError("INVALID_INPUT", `${file} cannot be used: ${problem}.`, remedy);
  };
  const text = await readFile(file, "utf8").catch((error: unknown) => refuse(readProblem(error)));
  if (text.length > maximumBytes) refuse("it is too large to be a list of authorities");
  const found = text.match(certificate) ?? [];
  if (found.length === 0) refuse("it holds no certificate in PEM form");
  for (const [at, pem] of found.entries()) {
    const problem = certificateProblem(pem, nowMs);
    if (problem !== null) refuse(`${found.length === 1 ? "its certificate" : `certificate ${at + 1} of ${found.length}`} ${problem}`);
  }
}

function readProblem(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES" || code === "EPERM") return "it may not be read";
  return code === "EISDIR" ? "it is a folder" : "it cannot be read";
}

function certificateProblem(pem: string, nowMs: number): string | null {
  try {
    const { ca, validFrom, validTo, subject } = new X509Certificate(pem);
    const name = subject.replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ").slice(0, 100);
    if (!ca) return `(${name}) is no authority's`;
    if (Date.parse(validTo) < nowMs) return `(${name}) has expired`;
    return Date.parse(validFrom) > nowMs ? `(${name}) is not valid yet` : null;
  } catch {
    return "is damaged";
  }
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
