import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../electron/testing/engines.ts";
import { launch, newDataFolder, type RunningApp } from "./app.ts";

describeWith("electron", "A page in the desktop app", () => {
  const folder = newDataFolder();
  let app: RunningApp;

  beforeAll(async () => {
    app = await launch("electron", { dataFolder: folder.path });
    await app.page.getByLabel("Passphrase").waitFor();
  });

  afterAll(async () => {
    await app.close();
    folder.remove();
  });

  test("has no Node and no Electron, only the one call that asks for a port", async () => {
    const seen = await app.page.evaluate(() => ({
      require: typeof Reflect.get(globalThis, "require"),
      process: typeof Reflect.get(globalThis, "process"),
      bridge: Object.keys(Reflect.get(globalThis, "gatehouse") ?? {}),
    }));
    expect(seen).toEqual({ require: "undefined", process: "undefined", bridge: ["ready"] });
  });

  test("cannot go to another address", async () => {
    const before = app.page.url();
    await app.page.evaluate(() => {
      const link = document.createElement("a");
      link.href = "https://example.invalid/";
      document.body.append(link);
      link.click();
      link.remove();
    });
    await app.page.waitForTimeout(500);
    expect(app.page.url()).toBe(before);
    expect(await app.page.getByLabel("Passphrase").count()).toBe(1);
  });

  test("cannot open a window", async () => {
    expect(await app.page.evaluate(() => window.open("gatehouse://app/") === null)).toBe(true);
  });

  test("cannot reach the network, and cannot run a script that was written into it", async () => {
    const outcome = await app.page.evaluate(async () => {
      const fetched = await fetch("https://example.invalid/").then(
        () => "reached",
        () => "refused",
      );
      const script = document.createElement("script");
      script.textContent = "globalThis.wasRun = true";
      document.body.append(script);
      script.remove();
      return { fetched, ran: Reflect.get(globalThis, "wasRun") ?? false };
    });
    expect(outcome).toEqual({ fetched: "refused", ran: false });
  });

  test("is given no permission", async () => {
    const denied = await app.page.evaluate(async () => {
      const camera = await navigator.mediaDevices.getUserMedia({ video: true }).then(
        () => "given",
        () => "refused",
      );
      return { camera, notification: await Notification.requestPermission() };
    });
    expect(denied).toEqual({ camera: "refused", notification: "denied" });
  });

  test("cannot frame a page, ours or another's, that would be given a port", async () => {
    const framed = await app.page.evaluate(async () => {
      const frame = document.createElement("iframe");
      frame.src = "gatehouse://app/";
      document.body.append(frame);
      await new Promise((resolve) => setTimeout(resolve, 500));
      const text = frame.contentDocument?.body.innerText ?? "";
      frame.remove();
      return text;
    });
    expect(framed).toBe("");
  });
});
