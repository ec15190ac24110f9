// Runs in the sandbox: writes the run's authority (standard input, PEM), and a bundle of it and the sandbox's own roots.
const { execFileSync } = require("node:child_process");
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

/** Copies Java's own roots and adds the authority; java.p12 is in whatever format they are in, which Java finds out by itself. */
function javaStore() {
  const folders = (process.env.PATH ?? "").split(":").filter(Boolean);
  const found = [process.env.JAVA_HOME && path.join(process.env.JAVA_HOME, "bin"), ...folders].find(
    (one) => one && fs.existsSync(path.join(one, "keytool")),
  );
  if (!found) return false;
  const bin = path.dirname(fs.realpathSync(path.join(found, "keytool")));
  const roots = path.join(bin, "../lib/security/cacerts");
  const store = path.join(folder, "java.p12");
  if (fs.existsSync(roots)) {
    fs.copyFileSync(roots, store);
    fs.chmodSync(store, 0o644);
  }
  const authority = path.join(folder, "run.pem");
  const flags = ["-importcert", "-noprompt", "-trustcacerts", "-keystore", store, "-storepass", "changeit", "-alias", "gatehouse-run"];
  execFileSync(path.join(bin, "keytool"), [...flags, "-file", authority], { stdio: "ignore", timeout: 20_000 });
  return true;
}

fs.rmSync(folder, { recursive: true, force: true });
fs.mkdirSync(folder, { recursive: true, mode: 0o755 });
const roots = system.map(read).find((text) => text !== null) ?? tls.rootCertificates.join("\n");
fs.writeFileSync(path.join(folder, "run.pem"), own);
fs.writeFileSync(path.join(folder, "bundle.pem"), `${roots.trimEnd()}\n${own}`);
try {
  if (javaStore()) process.stdout.write("java\n");
} catch {
  // Java programs of this sandbox then reach no host whose connections are opened; nothing else is lost.
}
