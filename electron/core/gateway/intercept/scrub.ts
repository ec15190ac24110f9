import { pipeline, type Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { LiveSecrets } from "../../redactor/live-secrets.ts";
import { type HeaderList, toRaw, valuesOf, withoutHopByHop, without } from "./headers.ts";

/** What a client may ask for of what can be undone here. The value could otherwise come back compressed. */
const codings: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  br: createBrotliDecompress,
  deflate: createInflate,
};

/** The client's wishes, without codings that cannot be undone here; and none for a part of a body, which cannot be decoded alone. */
export function withReadableCodings(headers: HeaderList): HeaderList {
  const wishes = valuesOf(headers, "accept-encoding").flatMap((value) => value.split(",").map((one) => one.trim()));
  const isPart = headers.some(([name]) => name === "range");
  const kept = isPart ? [] : wishes.filter((one) => isReadable(one));
  return [...without(headers, (name) => name === "accept-encoding"), ["accept-encoding", kept.length === 0 ? "identity" : kept.join(", ")]];
}

function isReadable(wish: string): boolean {
  const name = wish.split(";")[0]?.trim().toLowerCase() ?? "";
  return name === "identity" || Object.hasOwn(codings, name);
}

/** The body without its codings, last one first; null where one of them is not known. */
export function decoded(body: Readable, headers: HeaderList): Readable | null {
  const names = codingsOf(headers);
  if (names.length > 3) return null;
  let stream = body;
  for (const name of names.toReversed()) {
    const make = Object.hasOwn(codings, name) ? codings[name] : undefined;
    if (make === undefined) return null;
    // Errors arrive at the last stream, as its early end.
    stream = pipeline(stream, make(), () => undefined);
  }
  return stream;
}

function isEncoded(headers: HeaderList): boolean {
  return codingsOf(headers).length > 0;
}

function codingsOf(headers: HeaderList): readonly string[] {
  return valuesOf(headers, "content-encoding")
    .flatMap((value) => value.split(",").map((one) => one.trim().toLowerCase()))
    .filter((name) => name !== "" && name !== "identity");
}

/**
 * The head of a response for the client: nothing of the connection, no values, no session that was given
 * for a key, no other way to the host than this one.
 */
export function responseHeaders(received: HeaderList, secrets: LiveSecrets, { isInjected }: { readonly isInjected: boolean }): HeaderList {
  const passing = without(
    withoutHopByHop(received),
    (name) => name === "alt-svc" || (isInjected && (name === "set-cookie" || name === "set-cookie2")),
  );
  const encoded = isEncoded(passing);
  return redactHeaders(encoded ? without(passing, (name) => name === "content-encoding" || name === "content-length") : passing, secrets);
}

export function redactHeaders(list: HeaderList, secrets: LiveSecrets): HeaderList {
  const text = toRaw(list).join("\n");
  if (secrets.redact(text) === text) return list;
  return list.filter(([name]) => secrets.redact(name) === name).map(([name, value]) => [name, secrets.redact(value)] as const);
}
