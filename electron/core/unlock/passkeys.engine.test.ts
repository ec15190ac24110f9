import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CDPSession, chromium, type Page } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { unlock as contract } from "#shared/contract/unlock.ts";
import { chromiumPath, describeWith } from "../../testing/engines.ts";
import { type OpenUnlock, openUnlock, owner } from "../../testing/open-unlock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { valueOf } from "../../testing/open-vault.ts";
import { Secret } from "../kernel/secret.ts";

const proof = { passphrase: owner, code: null };
const refused = expect.objectContaining({ code: "PASSKEY_REFUSED" });

interface Browser {
  readonly page: Page;
  readonly cdp: CDPSession;
  readonly origin: string;
  readonly authenticatorId: string;
}

interface Device {
  readonly hasPrf: boolean;
  readonly isUserVerified?: boolean;
}

/** A real Chromium on a page of localhost, with a virtual authenticator of the DevTools in it. */
async function browser({ hasPrf, isUserVerified = true }: Device): Promise<Browser> {
  const server = createServer((_request, response) =>
    response.setHeader("content-type", "text/html").end("<!doctype html><title>Passkey</title>"),
  );
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = z.custom<AddressInfo>((value) => typeof value === "object").parse(server.address());
  const chrome = await chromium.launch({ executablePath: chromiumPath() ?? "", args: ["--no-sandbox"] });
  onTestFinished(async () => await chrome.close());
  const page = await chrome.newPage();
  const origin = `http://localhost:${port}`;
  await page.goto(origin);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      ...{ protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal" },
      ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified, hasPrf, automaticPresenceSimulation: true },
    },
  });
  return { page, cdp, origin, authenticatorId };
}

const Answer = z.object({ response: z.unknown(), prf: z.string().nullable() });

/** What the page does with options that core made: the browser's own WebAuthn call, and its answer as JSON. */
async function ask(page: Page, kind: "create" | "get", options: object): Promise<z.infer<typeof Answer>> {
  const script = `(async (kind, options) => {
    const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    const ids = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
    const publicKey = { ...options, challenge: bytes(options.challenge) };
    if (kind === "create") Object.assign(publicKey, { user: { ...options.user, id: bytes(options.user.id) }, excludeCredentials: ids(options.excludeCredentials) });
    else publicKey.allowCredentials = ids(options.allowCredentials);
    const { eval: one, evalByCredential } = options.extensions.prf;
    publicKey.extensions = { prf: one ? { eval: { first: bytes(one.first) } } : { evalByCredential: Object.fromEntries(Object.entries(evalByCredential).map(([id, { first }]) => [id, { first: bytes(first) }])) } };
    const found = await navigator.credentials[kind]({ publicKey });
    const first = found.getClientExtensionResults().prf?.results?.first;
    const { response } = found;
    const parts = kind === "create"
      ? { clientDataJSON: text(response.clientDataJSON), attestationObject: text(response.attestationObject), transports: response.getTransports() }
      : { clientDataJSON: text(response.clientDataJSON), authenticatorData: text(response.authenticatorData), signature: text(response.signature) };
    return { response: { id: found.id, rawId: text(found.rawId), type: found.type, response: parts }, prf: first ? text(first) : null };
  })(${JSON.stringify(kind)}, ${JSON.stringify(options)})`;
  return Answer.parse(await page.evaluate(script));
}

/** Through the contract's schemas, as the router hands it on. */
function registration(answer: z.infer<typeof Answer>) {
  return contract.finishPasskey["~orpc"].inputSchema?.parse({ proof, label: "Laptop", response: answer.response, prf: answer.prf });
}

function authentication(answer: z.infer<typeof Answer>) {
  return contract.withPasskey["~orpc"].inputSchema?.parse({ response: answer.response, prf: answer.prf });
}

async function register({ methods }: OpenUnlock, { page, origin }: Browser) {
  const input = registration(await ask(page, "create", await methods.beginPasskey(origin)));
  if (input === undefined) throw new Error("finishPasskey has an input");
  const { label, response, prf } = input;
  return { summary: await methods.finishPasskey(proof, label, response, prf), prf };
}

async function answer({ methods }: OpenUnlock, { page, origin }: Browser) {
  const input = authentication(await ask(page, "get", await methods.askPasskey(origin)));
  if (input === undefined) throw new Error("withPasskey has an input");
  return input;
}

describeWith("browser", "passkeys in a real browser", () => {
  test("one that yields a key (PRF) opens the vault by itself, after a restart, too", async () => {
    const folder = temporaryFolder();
    const first = await openUnlock(folder);
    first.vault.store({ name: "token", note: "", value: Secret.fromText("s3cret") });
    const chrome = await browser({ hasPrf: true });
    const { summary } = await register(first, chrome);
    expect(summary).toMatchObject({ label: "Laptop", unlocks: "key" });
    await first.close();
    const second = await openUnlock(folder, { keychain: first.keychain });
    const { response, prf } = await answer(second, chrome);
    expect(prf).toMatch(/^.{43}$/);
    await second.methods.withPasskey(response, prf);
    expect(await valueOf(second.vault, "token")).toBe("s3cret");
    await second.unlock.lock("person");
    await expect(second.methods.withPasskey(response, prf), "the same answer again").rejects.toEqual(refused);
    const again = await answer(second, chrome);
    const other = `${again.prf?.startsWith("A") === true ? "B" : "A"}${again.prf?.slice(1) ?? ""}`;
    await expect(second.methods.withPasskey(again.response, other), "another key").rejects.toEqual(refused);
    expect(second.vault.isUnlocked()).toBe(false);
  });

  test("one without PRF is a gate: beside the keychain's key it opens, alone it does not", async () => {
    const open = await openUnlock(temporaryFolder());
    const chrome = await browser({ hasPrf: false });
    const { summary, prf } = await register(open, chrome);
    expect([summary.unlocks, prf]).toEqual(["gate", null]);
    await open.methods.addKeychain(proof, null);
    expect(await open.methods.list()).toMatchObject({ keychain: { state: "set-up", factor: "passkey" }, passkeys: [{ unlocks: "gate" }] });
    await open.unlock.lock("person");
    await expect(open.methods.withKeychain({ pin: null, code: null, passkey: null })).rejects.toMatchObject({ code: "CODE_NEEDED" });
    const { response } = await answer(open, chrome);
    await expect(open.methods.withPasskey(response, null)).rejects.toEqual(refused);
    await open.methods.withKeychain({ pin: null, code: null, passkey: response });
    expect(open.unlock.isUnlocked()).toBe(true);
    await open.methods.removePasskey(proof, summary.id);
    expect(await open.methods.list()).toMatchObject({ passkeys: [], keychain: { state: "available" } });
  });

  test("a copied authenticator is noticed by its counter", async () => {
    const open = await openUnlock(temporaryFolder());
    const chrome = await browser({ hasPrf: false });
    await register(open, chrome);
    await open.methods.addKeychain(proof, null);
    const { credentials } = await chrome.cdp.send("WebAuthn.getCredentials", { authenticatorId: chrome.authenticatorId });
    const [copied] = credentials;
    if (copied === undefined) throw new Error("the authenticator has a credential");
    await open.unlock.lock("person");
    for (let at = 0; at < 3; at++) {
      const { response } = await answer(open, chrome);
      await open.methods.withKeychain({ pin: null, code: null, passkey: response });
      await open.unlock.lock("person");
    }
    await chrome.cdp.send("WebAuthn.clearCredentials", { authenticatorId: chrome.authenticatorId });
    await chrome.cdp.send("WebAuthn.addCredential", { authenticatorId: chrome.authenticatorId, credential: copied });
    const { response } = await answer(open, chrome);
    await expect(open.methods.withKeychain({ pin: null, code: null, passkey: response })).rejects.toMatchObject({
      code: "PASSKEY_REFUSED",
      message: expect.stringContaining("counter went back"),
    });
    expect(open.vault.isUnlocked()).toBe(false);
  });

  test("without user verification nothing is registered", async () => {
    const open = await openUnlock(temporaryFolder());
    const chrome = await browser({ hasPrf: true, isUserVerified: false });
    await expect(register(open, chrome)).rejects.toThrow(/NotAllowedError/);
    expect(await open.methods.list()).toMatchObject({ passkeys: [] });
  });

  test("an authenticator that stops verifying its user is refused by core, too", async () => {
    const open = await openUnlock(temporaryFolder());
    const chrome = await browser({ hasPrf: false });
    await register(open, chrome);
    await open.methods.addKeychain(proof, null);
    await open.unlock.lock("person");
    await chrome.cdp.send("WebAuthn.setUserVerified", { authenticatorId: chrome.authenticatorId, isUserVerified: false });
    const asked = await open.methods.askPasskey(chrome.origin);
    const options = { ...asked, userVerification: "discouraged", extensions: { prf: { evalByCredential: {} } } };
    const input = authentication(await ask(chrome.page, "get", options));
    await expect(open.methods.withKeychain({ pin: null, code: null, passkey: input?.response ?? never() })).rejects.toMatchObject({
      code: "PASSKEY_REFUSED",
      message: expect.stringMatching(/user verification/i),
    });
  });

  test("another origin, another question, an old question and an unknown passkey are refused", async () => {
    const open = await openUnlock(temporaryFolder());
    const chrome = await browser({ hasPrf: true });
    await register(open, chrome);
    for (const origin of ["https://localhost:1", "http://127.0.0.1:1", "http://localhost.evil.test:1"])
      await expect(open.methods.askPasskey(origin), origin).rejects.toEqual(refused);
    await open.unlock.lock("person");
    const elsewhere = authentication(await ask(chrome.page, "get", await open.methods.askPasskey("http://localhost:1")));
    await expect(open.methods.withPasskey(elsewhere?.response ?? never(), elsewhere?.prf ?? null)).rejects.toMatchObject({
      message: expect.stringMatching(/origin/i),
    });
    const late = await answer(open, chrome);
    open.clock.advance(200_000);
    await expect(open.methods.withPasskey(late.response, late.prf)).rejects.toEqual(refused);
    const own = await answer(open, chrome);
    const unknown = { ...own.response, id: "AAAA", rawId: "AAAA" };
    await expect(open.methods.withPasskey(unknown, own.prf)).rejects.toEqual(refused);
  });

  test("a passkey that was removed from the device leaves the passphrase", async () => {
    const open = await openUnlock(temporaryFolder());
    const chrome = await browser({ hasPrf: true });
    await register(open, chrome);
    await open.unlock.lock("person");
    await chrome.cdp.send("WebAuthn.clearCredentials", { authenticatorId: chrome.authenticatorId });
    await expect(answer(open, chrome)).rejects.toThrow(/NotAllowedError/);
    await open.unlock.withPassphrase(Secret.fromText(owner));
    expect(open.unlock.isUnlocked()).toBe(true);
  });
});

function never(): never {
  throw new Error("withPasskey has an input");
}
