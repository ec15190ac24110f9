import fc from "fast-check";
import { expect, test } from "vitest";
import { Secret } from "../kernel/secret.ts";
import { LiveSecrets } from "./live-secrets.ts";
import { PatternAutomaton } from "./pattern-automaton.ts";
import { Redactor } from "./redactor.ts";
import { formsOf } from "./secret-forms.ts";

const value = 'sk-ant-Zq9/+"<é&x 7f0b';

/** What a program could print of the value. */
const spellings: Readonly<Record<string, (text: string) => string>> = {
  raw: (text) => text,
  base64: (text) => Buffer.from(text).toString("base64"),
  "base64 after one byte": (text) => Buffer.from(`a${text}`).toString("base64"),
  "base64 of a header": (text) => Buffer.from(`user:${text}\n`).toString("base64"),
  base64url: (text) => Buffer.from(`ab${text}`).toString("base64url"),
  URL: (text) => encodeURIComponent(text),
  "URL in lower case": (text) => encodeURIComponent(text).replaceAll(/%[0-9A-F]{2}/g, (one) => one.toLowerCase()),
  "form data": (text) => new URLSearchParams({ text }).toString(),
  "every byte in percent": (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  JSON: (text) => JSON.stringify({ text }),
  "JSON in ASCII": (text) => JSON.stringify(text).replaceAll(/[^ -~]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`),
  hex: (text) => Buffer.from(text).toString("hex"),
  HEX: (text) => Buffer.from(text).toString("hex").toUpperCase(),
};

function live(...values: readonly string[]): LiveSecrets {
  const secrets = new LiveSecrets();
  for (const [at, text] of values.entries()) secrets.add(`s${at}`, Secret.fromText(text));
  return secrets;
}

/** The text through a stream, cut at these places. */
function through(secrets: LiveSecrets, text: string | Buffer, cuts: readonly number[] = []): string {
  const bytes = Buffer.from(text);
  const stream = secrets.stream();
  const ends = [...cuts.filter((cut) => cut > 0 && cut < bytes.length).sort((a, b) => a - b), bytes.length];
  const out = ends.map((end, at) => Buffer.from(stream.push(Buffer.from(bytes.subarray(ends[at - 1] ?? 0, end)))));
  return Buffer.concat([...out, stream.end()]).toString("utf8");
}

test.each(Object.entries(spellings))("%s is found, wherever chunks end", (_name, spell) => {
  const secrets = live(value);
  const text = `before ${spell(value)} after`;
  const whole = through(secrets, text);
  expect(whole).toContain("[secret s0]");
  expect(whole.startsWith("before ")).toBe(true);
  expect(whole.endsWith(" after")).toBe(true);
  for (const form of formsOf(Buffer.from(value))) expect(Buffer.from(whole).includes(form)).toBe(false);
  for (let cut = 1; cut < text.length; cut++) expect(through(secrets, text, [cut]), `cut at ${cut}`).toBe(whole);
  expect(
    through(
      secrets,
      text,
      Array.from({ length: Buffer.byteLength(text) }, (_, at) => at),
    ),
  ).toBe(whole);
});

test("what holds no secret comes out as it went in, byte for byte", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.array(fc.nat(2_000), { maxLength: 8 }), (bytes, cuts) => {
      const text = Buffer.from(bytes);
      if (formsOf(Buffer.from(value)).some((form) => text.includes(form))) return;
      const stream = live(value, "another-value").stream();
      const ends = [...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
      const out = ends.map((end, at) => Buffer.from(stream.push(Buffer.from(text.subarray(ends[at - 1] ?? 0, end)))));
      expect(Buffer.concat([...out, stream.end()]).equals(text)).toBe(true);
    }),
  );
});

test("agrees with a plain search for every text over a small alphabet, and every cut", () => {
  const patterns = ["aba", "abab", "bb", "abba", "caba"].map((text) => ({ bytes: Buffer.from(text), name: "x" }));
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 40 }), fc.array(fc.nat(40), { maxLength: 6 }), (letters, cuts) => {
      const text = letters.join("");
      const redactor = new Redactor(new PatternAutomaton(patterns));
      const ends = [...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
      const parts = ends.map((end, at) => redactor.push(Buffer.from(text.slice(ends[at - 1] ?? 0, end))).toString());
      expect(parts.join("") + redactor.end().toString()).toBe(
        plainSearch(
          text,
          patterns.map(({ bytes }) => bytes.toString()),
        ),
      );
    }),
    { numRuns: 3_000 },
  );
});

function plainSearch(text: string, patterns: readonly string[]): string {
  const masked = Array.from(text, () => false);
  const joined = Array.from(text, () => false);
  for (const pattern of patterns)
    for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) {
      masked.fill(true, at, at + pattern.length);
      joined.fill(true, at + 1, at + pattern.length);
    }
  // Regions that touch are one: a label stands only where nothing masked stands before.
  return Array.from(text, (letter, at) => (masked[at] === true ? (at > 0 && masked[at - 1] === true ? "" : "[secret x]") : letter)).join(
    "",
  );
}

test("of two values that begin alike, the longer leaves no tail", () => {
  const secrets = live("token-abcdef", "token-abcdef-and-more");
  for (let cut = 1; cut < 30; cut++) {
    expect(through(secrets, "x token-abcdef-and-more y", [cut])).toBe("x [secret s0] y".replace("s0", "s1"));
    expect(through(secrets, "x token-abcdef y", [cut])).toBe("x [secret s0] y");
  }
});

test("the last keys of what is typed are not held back for long, and the value still is", () => {
  const stream = live("sk-ant-0123456789").stream();
  expect(stream.push(Buffer.from("ls")).toString()).toBe("l");
  expect(stream.isHolding).toBe(true);
  expect(stream.pause().toString()).toBe("s");
  expect(stream.push(Buffer.from("k-ant-0123456789 done")).toString()).toBe("[secret s0] done");
  expect(stream.push(Buffer.from("sk-ant-0")).toString()).toBe("");
  expect(stream.pause().toString()).toBe("");
  expect(stream.push(Buffer.from("x")).toString()).toBe("sk-ant-0x");
});

test("a stream that keeps its length has asterisks where values were, wherever it is cut", () => {
  const secrets = live("sk-ant-0123456789", "89sk-ant-tail");
  const text = "a sk-ant-0123456789sk-ant-tail b sk-ant-0123456789sk-ant-012345678 c sk-an";
  const masked = `a ${"*".repeat(28)} b ${"*".repeat(17)}sk-ant-012345678 c sk-an`;
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), fc.boolean(), (cuts, pauses) => {
      const stream = secrets.stream({ keepsLength: true });
      const ends = [...cuts.sort((a, b) => a - b), text.length];
      const out = ends.flatMap((end, at) => {
        const pushed = stream.push(Buffer.from(text.slice(ends[at - 1] ?? 0, end)));
        return pauses ? [pushed, stream.pause()] : [pushed];
      });
      const whole = Buffer.concat([...out, stream.end()]).toString();
      expect(whole).toHaveLength(text.length);
      if (!pauses) expect(whole).toBe(masked);
    }),
  );
});

test("a long key is found whole and by the line; a private key's frame is not a secret", () => {
  const body = Array.from({ length: 30 }, (_, at) =>
    `${at}AbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/abcdefghijklmnopqrstuvwxyz0123`.slice(0, 70),
  );
  const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
  const secrets = live(key);
  expect(through(secrets, `a ${key} b`)).toBe("a [secret s0] b");
  expect(through(secrets, `a ${body[7]} b`)).toBe("a [secret s0] b");
  expect(through(secrets, "-----BEGIN OPENSSH PRIVATE KEY-----")).toBe("-----BEGIN OPENSSH PRIVATE KEY-----");
  const encoded = through(secrets, Buffer.from(`x${key}`).toString("base64"));
  expect(encoded).toContain("[secret s0]");
  expect(encoded.length).toBeLessThan(80);
});

test("values come and go while a stream runs, also in what it holds", () => {
  const secrets = new LiveSecrets();
  const stream = secrets.stream();
  expect(stream.push(Buffer.from("early-value ")).toString()).toBe("early-value ");
  const early = secrets.add("early", Secret.fromText("early-value"));
  expect(early.isCovered).toBe(true);
  expect(stream.push(Buffer.from("early-value early-")).toString()).toBe("[secret early] ");
  const other = secrets.add("other", Secret.fromText("other-value"));
  expect(stream.push(Buffer.from("value other-value.")).toString()).toBe("[secret early] [secret other].");
  early[Symbol.dispose]();
  expect(stream.push(Buffer.from("early-value other-value.")).toString()).toBe("early-value [secret other].");
  other[Symbol.dispose]();
  expect(stream.end().toString()).toBe("");
  expect(secrets.add("short", Secret.fromText("abc")).isCovered).toBe(false);
  expect(secrets.redact("abc")).toBe("abc");
});

test("values of 64 KiB of any bytes are found", () => {
  const big = Buffer.from(Array.from({ length: 65_536 }, (_, at) => (at * 7_919 + (at >> 8) * 31) & 255));
  const secrets = new LiveSecrets();
  const begun = performance.now();
  secrets.add("big", Secret.fromBytes(Buffer.from(big)));
  expect(performance.now() - begun).toBeLessThan(10_000);
  const out = through(secrets, Buffer.concat([Buffer.from("<"), big, Buffer.from(">")]), [1_000, 30_000, 65_000]);
  expect(out).toBe("<[secret big]>");
});

test("what is leapt over holds nothing: any values in any text, however it is cut, are masked exactly where they stand", () => {
  const text = (minLength: number, maxLength: number) => fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength, maxLength });
  const samples = fc.tuple(fc.array(text(6, 14), { minLength: 1, maxLength: 4 }), text(0, 400), fc.array(fc.nat(400), { maxLength: 6 }));
  fc.assert(
    fc.property(samples, ([values, filler, cuts]) => {
      const patterns = values.map((one) => ({ bytes: Buffer.from(one), name: "n" }));
      const whole = filler + values.join(filler.slice(0, 7)) + filler;
      const redactor = new Redactor(new PatternAutomaton(patterns), { keepsLength: true });
      const ends = [...new Set([...cuts.filter((cut) => cut < whole.length), whole.length])].sort((a, b) => a - b);
      const out = ends.map((end, at) => Buffer.from(redactor.push(Buffer.from(whole.slice(ends[at - 1] ?? 0, end)))));
      expect(Buffer.concat([...out, redactor.end()]).toString()).toBe(masked(whole, values));
    }),
    { numRuns: 500 },
  );
});

/** By searching for each value by itself. */
function masked(whole: string, values: readonly string[]): string {
  const letters = whole.split("");
  for (const one of values)
    for (let at = whole.indexOf(one); at !== -1; at = whole.indexOf(one, at + 1)) letters.fill("*", at, at + one.length);
  return letters.join("");
}
