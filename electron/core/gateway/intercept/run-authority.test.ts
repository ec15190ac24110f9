import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { connect, type DetailedPeerCertificate, TLSSocket } from "node:tls";
import { duplexPair } from "../../../testing/duplex-pair.ts";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ManualClock } from "../../../testing/manual-clock.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { systemClock } from "../../kernel/clock.ts";
import { RunAuthority } from "./run-authority.ts";

/** Shakes hands with what the authority presents for `host`, as a client that trusts `ca` and asks for `servername`. */
async function handshake(authority: RunAuthority, host: string, servername: string, ca = authority.certificate) {
  const [near, far] = duplexPair();
  const server = new TLSSocket(far, { isServer: true, secureContext: authority.contextFor(host) });
  server.on("error", () => undefined);
  const client = connect({ socket: near, servername, ca, host: servername });
  try {
    return await new Promise<DetailedPeerCertificate>((resolve, reject) => {
      client.once("secureConnect", () => resolve(client.getPeerCertificate(true)));
      client.once("error", reject);
    });
  } finally {
    client.destroy();
    server.destroy();
  }
}

test("a client that trusts the run's authority takes the certificate of a host, and of no other", async () => {
  const authority = new RunAuthority(systemClock);
  const peer = await handshake(authority, "api.example.com", "api.example.com");
  expect(peer.subjectaltname).toBe("DNS:api.example.com");
  await expect(handshake(authority, "api.example.com", "other.example.com")).rejects.toMatchObject({
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  });
});

test("the authority of another run is not trusted", async () => {
  const authority = new RunAuthority(systemClock);
  await expect(handshake(authority, "api.example.com", "api.example.com", new RunAuthority(systemClock).certificate)).rejects.toThrow();
});

test("OpenSSL verifies the chain strictly", async () => {
  const authority = new RunAuthority(systemClock);
  const { raw } = await handshake(authority, "api.example.com", "api.example.com");
  const folder = temporaryFolder();
  writeFileSync(join(folder, "ca.pem"), authority.certificate);
  writeFileSync(join(folder, "leaf.pem"), new X509Certificate(raw).toString());
  const flags = ["-x509_strict", "-purpose", "sslserver", "-verify_hostname", "api.example.com", "-CAfile", "ca.pem", "leaf.pem"];
  expect(execFileSync("openssl", ["verify", ...flags], { cwd: folder, encoding: "utf8" })).toBe("leaf.pem: OK\n");
});

test("an authority may sign no other authority, ends after two days, and its hosts with it", async () => {
  const clock = new ManualClock(Date.UTC(2049, 11, 31, 12));
  const authority = new RunAuthority(clock);
  const certificate = new X509Certificate(authority.certificate);
  expect(certificate.ca).toBe(true);
  expect(new Date(certificate.validTo).getTime() - clock.now()).toBe(48 * 3_600_000);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  clock.advance(48 * 3_600_000);
  expect(() => authority.contextFor("api.example.com")).toThrow("has ended");
});

test("addresses are named as addresses", () => {
  const authority = new RunAuthority(systemClock);
  expect(new X509Certificate(authority.certificateFor("127.0.0.1")).subjectAltName).toBe("IP Address:127.0.0.1");
  expect(new X509Certificate(authority.certificateFor("[2001:db8::5]")).checkIP("2001:db8::5")).toBe("2001:db8::5");
});

test("contexts are kept for a bounded number of hosts", () => {
  const authority = new RunAuthority(systemClock);
  const first = authority.contextFor("first.example.com");
  expect(authority.contextFor("first.example.com")).toBe(first);
  for (let at = 0; at < 256; at++) authority.contextFor(`h${at}.example.com`);
  expect(authority.contextFor("first.example.com")).not.toBe(first);
});

test("a destroyed authority signs nothing", () => {
  const authority = new RunAuthority(systemClock);
  authority.contextFor("api.example.com");
  authority.destroy();
  expect(() => authority.contextFor("api.example.com")).toThrow("has ended");
});
