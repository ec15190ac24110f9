import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import { createSecureContext, type SecureContext } from "node:tls";
import type { Clock } from "../../kernel/clock.ts";
import type { Destination } from "./interceptor.ts";
import { bitString, booleanTrue, integer, octetString, oid, pem, sequence, set, tagged, time, utf8String } from "./der.ts";

/** Longer than a run may take (24 hours), so that nothing expires under one; short, so that it is worth nothing afterwards. */
const validForMs = 48 * 3_600_000;
/** The clock of a sandbox on another machine may be behind. */
const validBeforeMs = 3_600_000;
/** Hosts whose contexts are kept; the one used longest ago makes room. */
const maximumHosts = 256;

/**
 * The certificate authority of one run (ECDSA P-256, RFC 5280). Its key is in core's memory only, is
 * never exported, and is gone with the run; what trusts it is this run's sandbox and nothing else.
 */
export class RunAuthority {
  /** PEM. */
  readonly certificate: string;
  readonly #clock: Clock;
  readonly #issuer: Buffer;
  readonly #keyId: Buffer;
  readonly #notBefore: Date;
  readonly #notAfter: Date;
  /** One key for all hosts of the run: they have the same holder. */
  readonly #leaf = keyPair();
  readonly #contexts = new Map<string, SecureContext>();
  #key: KeyObject | null;

  constructor(clock: Clock) {
    this.#clock = clock;
    const { privateKey, publicKey } = keyPair();
    this.#key = privateKey;
    this.#keyId = keyIdentifier(publicKey);
    this.#notBefore = new Date(clock.now() - validBeforeMs);
    this.#notAfter = new Date(clock.now() + validForMs);
    this.#issuer = name(`Gatehouse run ${randomBytes(8).toString("hex")}`);
    const extensions = [
      extension(oids.basicConstraints, sequence(booleanTrue, integer(Buffer.of(0))), true),
      // keyCertSign, cRLSign
      extension(oids.keyUsage, bitString(Buffer.of(0x06), 1), true),
      extension(oids.subjectKeyIdentifier, octetString(this.#keyId), false),
    ];
    this.certificate = pem("CERTIFICATE", this.#sign(this.#issuer, publicKey, extensions));
  }

  /** What to present for that canonical host. Throws once the run is over. */
  contextFor(host: Destination["host"]): SecureContext {
    const known = this.#contexts.get(host);
    if (known !== undefined) {
      this.#contexts.delete(host);
      this.#contexts.set(host, known);
      return known;
    }
    if (this.#contexts.size >= maximumHosts) {
      const [oldest] = this.#contexts.keys();
      if (oldest !== undefined) this.#contexts.delete(oldest);
    }
    const context = createSecureContext({
      cert: `${this.certificateFor(host)}${this.certificate}`,
      key: this.#leaf.privateKey.export({ type: "pkcs8", format: "pem" }),
      minVersion: "TLSv1.2",
    });
    this.#contexts.set(host, context);
    return context;
  }

  /** PEM, for a canonical host. */
  certificateFor(host: string): string {
    const extensions = [
      extension(oids.basicConstraints, sequence(), true),
      // digitalSignature
      extension(oids.keyUsage, bitString(Buffer.of(0x80), 7), true),
      extension(oids.extendedKeyUsage, sequence(oid(oids.serverAuth)), false),
      extension(oids.subjectAlternativeName, sequence(alternativeName(host)), false),
      extension(oids.authorityKeyIdentifier, sequence(tagged(0, this.#keyId, false)), false),
      extension(oids.subjectKeyIdentifier, octetString(keyIdentifier(this.#leaf.publicKey)), false),
    ];
    return pem("CERTIFICATE", this.#sign(name("Gatehouse"), this.#leaf.publicKey, extensions));
  }

  /** Forgets the key. */
  destroy(): void {
    this.#key = null;
    this.#contexts.clear();
  }

  #sign(subject: Buffer, publicKey: KeyObject, extensions: readonly Buffer[]): Buffer {
    if (this.#key === null || this.#clock.now() >= this.#notAfter.getTime()) throw new Error("This run's authority has ended.");
    const algorithm = sequence(oid(oids.ecdsaWithSha256));
    const serial = randomBytes(16);
    serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
    const body = sequence(
      // v3
      tagged(0, integer(Buffer.of(2)), true),
      integer(serial),
      algorithm,
      this.#issuer,
      sequence(time(this.#notBefore), time(this.#notAfter)),
      subject,
      publicKey.export({ type: "spki", format: "der" }),
      tagged(3, sequence(...extensions), true),
    );
    return sequence(body, algorithm, bitString(sign("sha256", body, this.#key)));
  }
}

const oids = {
  commonName: "2.5.4.3",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAlternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
} as const;

function keyPair(): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "prime256v1" });
}

/** RFC 5280 section 4.2.1.2, method 1, over the whole SubjectPublicKeyInfo: any unique value serves. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest()
    .subarray(0, 20);
}

function name(commonName: string): Buffer {
  return sequence(set(sequence(oid(oids.commonName), utf8String(commonName))));
}

function extension(id: string, value: Buffer, isCritical: boolean): Buffer {
  return sequence(oid(id), ...(isCritical ? [booleanTrue] : []), octetString(value));
}

/** dNSName, or iPAddress (RFC 5280 section 4.2.1.6). */
function alternativeName(host: string): Buffer {
  const address = host.startsWith("[") ? host.slice(1, -1) : host;
  const version = isIP(address);
  if (version === 0) return tagged(2, Buffer.from(host, "ascii"), false);
  return tagged(7, version === 4 ? Buffer.from(address.split(".").map(Number)) : ipv6Bytes(address), false);
}

function ipv6Bytes(address: string): Buffer {
  const [head = "", tail = ""] = address.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const first = groups(head);
  const last = address.includes("::") ? groups(tail) : [];
  const all = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}
