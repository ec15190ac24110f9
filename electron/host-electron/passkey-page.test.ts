import { mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { askOnPage } from "./passkey-page.ts";

const prf = "A".repeat(43);
const never = new AbortController().signal;

/** The page's server with a window that the test plays. */
async function asked(signal = never) {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "passkey.html"), "<!doctype html>");
  writeFileSync(join(folder, "index.html"), "the app itself");
  writeFileSync(join(folder, "assets/a.js"), "1");
  let close: () => void = () => undefined;
  let isClosed = false;
  let opened: (address: URL) => void = () => undefined;
  const address = new Promise<URL>((resolve) => (opened = resolve));
  const origins: string[] = [];
  const answer = askOnPage(
    folder,
    (text) => {
      opened(new URL(text));
      return { closed: new Promise((resolve) => (close = resolve)), close: () => (isClosed = true) };
    },
    async (origin) => {
      origins.push(origin);
      return { kind: "get", options: { challenge: "abc" } };
    },
    signal,
  );
  answer.catch(() => undefined);
  const { origin, port, hash, pathname } = await address;
  const call = async (path: string, init: { method?: string; body?: string; from?: string } = {}, token = hash.slice(1)) => {
    const { from, ...rest } = init;
    const headers = { Authorization: `Bearer ${token}`, ...(from === undefined ? {} : { Origin: from }) };
    return await fetch(`${origin}${path}`, { ...rest, headers });
  };
  const post = async (body: unknown, from = origin, token = hash.slice(1)) =>
    (await call("/answer", { method: "POST", body: JSON.stringify(body), from }, token)).status;
  return { answer, origin, port, pathname, call, post, origins, closeWindow: () => close(), isClosed: () => isClosed };
}

test("one question and one answer, then the window and the port are closed", async () => {
  const page = await asked();
  expect(page.pathname).toBe("/passkey.html");
  expect((await page.call("/passkey.html")).headers.get("content-security-policy")).toContain("script-src 'self'");
  expect(await (await page.call("/question")).json()).toEqual({ kind: "get", options: { challenge: "abc" } });
  expect(page.origins).toEqual([page.origin]);
  expect(page.origin).toMatch(/^http:\/\/localhost:\d+$/);
  expect(await page.post({ response: { id: "x" }, prf })).toBe(204);
  expect(await page.answer).toEqual({ response: { id: "x" }, prf });
  expect(page.isClosed()).toBe(true);
  await expect(page.call("/question")).rejects.toThrow();
});

test("without the token, from another origin or by another name there is neither question nor answer", async () => {
  const page = await asked();
  expect((await page.call("/question", {}, "guess")).status).toBe(403);
  expect(await page.post({ response: {}, prf: null }, page.origin, "guess")).toBe(403);
  expect(await page.post({ response: {}, prf: null }, "http://localhost:1")).toBe(403);
  expect(await statusOf(page.port, "evil.test")).toBe(421);
  expect(await statusOf(page.port, `127.0.0.1:${page.port}`)).toBe(421);
  expect(page.origins).toEqual([]);
  page.closeWindow();
});

test("nothing but the page and its assets is served, and an answer that is none does not end it", async () => {
  const page = await asked();
  expect((await page.call("/assets/a.js")).status).toBe(200);
  for (const path of ["/", "/index.html", "/../package.json", "/answer"]) expect((await page.call(path)).status, path).toBe(404);
  expect(await page.post({ response: {}, prf: "short" })).toBe(400);
  expect(await page.post("x".repeat(70_000))).toBe(400);
  expect(await page.post({ response: {}, prf: null })).toBe(204);
  expect(await page.answer).toEqual({ response: {}, prf: null });
});

test("a window that is closed, and a call that is given up, cancel it", async () => {
  const page = await asked();
  page.closeWindow();
  await expect(page.answer).rejects.toMatchObject({ code: "CANCELLED" });
  const stop = new AbortController();
  const other = await asked(stop.signal);
  stop.abort();
  await expect(other.answer).rejects.toMatchObject({ code: "CANCELLED" });
  expect(other.isClosed()).toBe(true);
});

async function statusOf(port: string, host: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path: "/passkey.html", headers: { Host: host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on("error", reject)
      .end();
  });
}
