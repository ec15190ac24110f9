// Runs in the sandbox: writes the run's authority and those of the person's network (standard input, PEM), and bundles of them and
// the sandbox's own roots.
const { execFileSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const tls = require("node:tls");

const folder = process.argv[1];
const own = fs.readFileSync(0, "utf8");
const system = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
  "/opt/homebrew/etc/ca-certificates/cert.pem",
];

function read(file) {
  try {
    const text = fs.readFileSync(file, "utf8");
    return text.includes("BEGIN CERTIFICATE") ? text : null;
  } catch {
    return null;
  }
}

/** Java's own roots, PEM; null where there is no Java. */
function javaRoots() {
  const folders = (process.env.PATH ?? "").split(":").filter(Boolean);
  const found = [process.env.JAVA_HOME && path.join(process.env.JAVA_HOME, "bin"), ...folders].find(
    (one) => one && fs.existsSync(path.join(one, "keytool")),
  );
  if (!found) return null;
  const bin = path.dirname(fs.realpathSync(path.join(found, "keytool")));
  const store = path.join(bin, "../lib/security/cacerts");
  if (!fs.existsSync(store)) return "";
  const flags = ["-list", "-rfc", "-keystore", store, "-storepass", "changeit"];
  const env = { ...process.env, JAVA_TOOL_OPTIONS: "" };
  return execFileSync(path.join(bin, "keytool"), flags, { encoding: "utf8", timeout: 20_000, maxBuffer: 32 * 1_024 * 1_024, env });
}

function certificatesOf(text) {
  const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return [...new Set(found.map((pem) => pem.replaceAll(/-----[A-Z ]+-----|\s/g, "")))].map((base64) => Buffer.from(base64, "base64"));
}

/** A Java key store of trusted certificates (the JDK's own JavaKeyStore, version 2), which every Java reads whatever its default type is. */
function javaStore(certificates) {
  const text = (value) => {
    const bytes = Buffer.from(value, "latin1");
    return Buffer.concat([number(bytes.length, 2), bytes]);
  };
  const head = [number(0xfeedfeed, 4), number(2, 4), number(certificates.length, 4)];
  const entries = certificates.flatMap((der, at) => [
    ...[number(2, 4), text(`authority-${at}`), number(0, 8), text("X.509"), number(der.length, 4), der],
  ]);
  const body = Buffer.concat([...head, ...entries]);
  const password = Buffer.from("changeit", "utf16le").swap16();
  return Buffer.concat([body, createHash("sha1").update(password).update("Mighty Aphrodite").update(body).digest()]);
}

function number(value, bytes) {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, Math.max(0, bytes - 6), Math.min(6, bytes));
  return buffer;
}

fs.rmSync(folder, { recursive: true, force: true });
fs.mkdirSync(folder, { recursive: true, mode: 0o755 });
const roots = system.map(read).find((text) => text !== null) ?? tls.rootCertificates.join("\n");
fs.writeFileSync(path.join(folder, "run.pem"), own);
fs.writeFileSync(path.join(folder, "bundle.pem"), `${roots.trimEnd()}\n${own}`);
// wget looks at no variable of its own for this.
fs.writeFileSync(path.join(folder, "wgetrc"), `ca_certificate = ${path.join(folder, "bundle.pem")}\n`);
try {
  const javas = javaRoots();
  if (javas !== null) {
    fs.writeFileSync(path.join(folder, "java.jks"), javaStore(certificatesOf(`${javas}\n${own}`)), { mode: 0o644 });
    process.stdout.write("java\n");
  }
} catch {
  // Java programs of this sandbox then reach no host whose connections are opened; nothing else is lost.
}
