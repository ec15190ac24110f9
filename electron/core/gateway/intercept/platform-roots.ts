import { readFile } from "node:fs/promises";
import * as tls from "node:tls";
import * as z from "zod";

/** Where distributions keep the roots that their owner trusts, own authorities included: Debian and Alpine, Fedora, openSUSE, FreeBSD. */
const files = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/usr/local/share/certs/ca-root-nss.crt",
];

let roots: Promise<readonly string[]> | null = null;

/** The roots to verify upstream certificates with, PEM: those that come with Node and those that the system trusts. Read once. */
export function platformRoots(): Promise<readonly string[]> {
  roots ??= readRoots();
  return roots;
}

async function readRoots(): Promise<readonly string[]> {
  const named = [process.env["SSL_CERT_FILE"], process.env["NODE_EXTRA_CA_CERTS"]].filter((file) => file !== undefined && file !== "");
  const extra = (await Promise.all(named.map((file) => certificatesIn(file ?? "")))).flat();
  const system = systemCertificates() ?? (await firstFile());
  return [...new Set([...tls.rootCertificates, ...system, ...extra].map((one) => one.trim()))];
}

/** From the system's own store (macOS keychain, Windows, OpenSSL's folder): Node 22.15 and later. */
function systemCertificates(): readonly string[] | null {
  if (!("getCACertificates" in tls) || typeof tls.getCACertificates !== "function") return null;
  const read = z.array(z.string()).safeParse(tls.getCACertificates("system"));
  return read.success ? read.data : null;
}

async function firstFile(): Promise<readonly string[]> {
  for (const file of files) {
    const found = await certificatesIn(file);
    if (found.length > 0) return found;
  }
  return [];
}

async function certificatesIn(file: string): Promise<readonly string[]> {
  try {
    return (await readFile(file, "latin1")).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  } catch {
    return [];
  }
}
