import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { journey } from "./journey.ts";
import { steps } from "./person.ts";

/** A real notification daemon on the session bus (one that is there already stays), and every call that is made to it. */
class Desktop implements Disposable {
  readonly #daemon: ChildProcess;
  readonly #monitor: ChildProcess;
  #heard = "";

  constructor() {
    this.#daemon = spawn("dunst", ["-conf", "/dev/null"], { stdio: "ignore" });
    execFileSync("dunstctl", ["close-all"], { timeout: 30_000 });
    this.#monitor = spawn("dbus-monitor", ["--session", "interface='org.freedesktop.Notifications',type='method_call'"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.#monitor.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#heard += text));
  }

  /** What the daemon was asked to do so far, as `Notify TITLE | BODY` and `CloseNotification`. */
  get calls(): readonly string[] {
    return this.#heard.split(/^method call /m).flatMap((call) => {
      const member = /member=(\w+)/.exec(call)?.[1] ?? "";
      const [, , title, body] = [...call.matchAll(/^ {3}string "([^]*?)"$/gm)].map(([, words]) => words ?? "");
      if (member === "Notify") return [`Notify ${title} | ${body}`];
      return member === "CloseNotification" ? [member] : [];
    });
  }

  shown(): number {
    return Number(execFileSync("dunstctl", ["count", "displayed"], { encoding: "utf8" }));
  }

  /** A click on the newest notification, as the daemon takes it: its action, and it closes. */
  click(): void {
    execFileSync("dunstctl", ["action"]);
    execFileSync("dunstctl", ["close"]);
  }

  [Symbol.dispose](): void {
    this.#daemon.kill();
    this.#monitor.kill();
  }
}

journey(
  "Notifications",
  (machine) => {
    let desktop: Desktop;
    beforeEach(() => void (desktop = new Desktop()));
    afterEach(() => desktop[Symbol.dispose]());

    test("tell of a request in plain text, open it, go when it is answered or the app is locked, and say nothing while it is", async () => {
      const here = machine();
      const person = await here.start();
      const { page } = person;
      await person.setUp();
      await here.app.leave();
      const hostile = `node --print '<b>&</b><a href="https://x.example">Allowed</a>'`;
      await person.newTask("<i>Hostile</i>", steps({ run: hostile }, { run: "node --print 6*7" }, { run: "node --print 6*8" }));

      const body = `Practice agent asks: ${hostile.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")}`;
      await expect.poll(() => desktop.calls, { timeout: 60_000 }).toEqual([`Notify <i>Hostile</i> | ${body}`]);
      await expect.poll(() => desktop.shown()).toBe(1);
      const small = await here.app.openSmallWindow("", () => desktop.click());
      await small.getByRole("article", { name: "Request" }).getByText(hostile).first().waitFor();

      // Each takes the place of the one before, in either order: that goes when it is answered, this comes when it is asked.
      const told = ["node --print 6*7", "node --print 6*8"].map((command) => `Notify <i>Hostile</i> | Practice agent asks: ${command}`);
      await person.answer("a");
      await expect.poll(() => desktop.calls.slice(1), { timeout: 30_000 }).toEqual(told.slice(0, 1));
      await person.answer("a");
      await expect.poll(() => desktop.calls.slice(1).toSorted(), { timeout: 30_000 }).toEqual(["CloseNotification", ...told]);
      await expect.poll(() => desktop.shown()).toBe(1);

      await page.getByRole("button", { name: /^Lock/ }).click();
      await page.getByLabel("Passphrase").waitFor();
      await expect.poll(() => desktop.shown()).toBe(0);
      await person.unlock();
    });
  },
  ["electron"],
  ["notifications"],
);
