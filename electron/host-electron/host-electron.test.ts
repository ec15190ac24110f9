import { describe, expect, test } from "vitest";
import { PermissionRequest, QuestionRequest } from "#shared/contract/permission.ts";
import { isOwnAddress } from "./app-origin.ts";
import { approvalPlace } from "./approval-window-place.ts";
import { mayConnect } from "./sender-frame.ts";
import { NextRequestKeys } from "./next-request-keys.ts";
import { isPressedTooSoon, notificationBody, notificationButtons, pressedAnswer } from "./notification-buttons.ts";
import { type TrayActions, trayMenu, trayTooltip } from "./tray-menu.ts";

const actions: TrayActions = {
  open: () => {},
  openRequest: () => {},
  openNext: () => {},
  openInbox: () => {},
  answer: () => {},
  decline: () => {},
  lock: () => {},
  stopEverything: () => {},
  quit: () => {},
};

function request(command: string): PermissionRequest {
  return PermissionRequest.parse({
    id: "req-aaaaaa",
    taskId: "t-aaaaaa",
    runId: "run-aaaaaa",
    repositoryId: "repo-aaaaaa",
    taskTitle: "A task",
    repositoryName: "sample",
    agentName: "Practice agent",
    request: { tool: "shell", command, cwd: "/workspace" },
    verdict: { decision: "ask", rule: null, parts: [], reasons: [], wouldChange: [], risks: [], ruleSetHash: "0" },
    edit: null,
    agentWords: null,
    createdAt: 0,
    expiresAt: 1,
    nonce: "n".repeat(22),
    status: { status: "pending" },
  });
}

function form(message: string): QuestionRequest {
  return QuestionRequest.parse({
    ...request("unused"),
    kind: "question",
    id: "req-bbbbbb",
    form: { message, fields: [] },
  });
}

describe("who may have a port to core", () => {
  test.each([
    ["our own top frame", { url: "gatehouse://app/index.html", parent: null }, true],
    ["a frame inside our page", { url: "gatehouse://app/", parent: {} }, false],
    ["another host of our scheme", { url: "gatehouse://evil/", parent: null }, false],
    ["the web", { url: "https://app/", parent: null }, false],
    ["a file", { url: "file:///app/index.html", parent: null }, false],
    ["a look-alike", { url: "gatehouse://app.evil.example/", parent: null }, false],
    ["a frame that is gone", null, false],
  ])("%s", (_title, frame, expected) => {
    expect(mayConnect(frame)).toBe(expected);
  });

  test("an address that is none is not ours", () => {
    expect(isOwnAddress("not an address")).toBe(false);
  });
});

describe("the keys for the next request", () => {
  test("are tried again while another program has them, and whoever listens is told once they are held", () => {
    let isTaken = true;
    let pressed: () => void = () => {};
    let tries = 0;
    const desktop = {
      register: (_keys: string, callback: () => void) => {
        tries += 1;
        pressed = callback;
        return !isTaken;
      },
      unregister: () => {},
    };
    const keys = new NextRequestKeys(desktop, "linux");
    const heard: boolean[] = [];
    let opened = 0;
    keys.use("mod+shift+g");
    keys.onChanged(() => void heard.push(keys.isHeld()));
    keys.tryAgain();
    expect(tries).toBe(0);
    keys.hold(() => void (opened += 1));
    keys.tryAgain();
    expect([keys.isHeld(), tries, heard]).toEqual([false, 2, []]);
    isTaken = false;
    keys.tryAgain();
    keys.tryAgain();
    expect([keys.isHeld(), tries, heard]).toEqual([true, 3, [true]]);
    pressed();
    expect(opened).toBe(1);
  });

  test("a desktop that has no such keys counts as one where they are taken", () => {
    const keys = new NextRequestKeys(
      {
        register: () => {
          throw new Error("not on this desktop");
        },
        unregister: () => {},
      },
      "darwin",
    );
    keys.use("mod+shift+g");
    keys.hold(() => {});
    expect([keys.keys, keys.isHeld()]).toEqual(["Cmd+Shift+G", false]);
  });
});

describe("the keys for the next request, when the setting changes", () => {
  const taken = new Set<string>();
  const desktop = {
    register: (keys: string) => {
      if (taken.has(keys)) return false;
      taken.add(keys);
      return true;
    },
    unregister: (keys: string) => void taken.delete(keys),
  };

  test("are let go for the new ones, and for none; what another program has stays its own", () => {
    taken.add("Alt+Shift+F9");
    const keys = new NextRequestKeys(desktop, "linux");
    let told = 0;
    keys.onChanged(() => void (told += 1));
    keys.hold(() => {});
    expect([keys.keys, keys.accelerator, told, ...taken]).toEqual([null, null, 0, "Alt+Shift+F9"]);
    keys.use("mod+shift+g");
    keys.use("mod+shift+g");
    expect([keys.keys, keys.accelerator, told, ...taken]).toEqual([
      ...["Ctrl+Shift+G", "CommandOrControl+Shift+G", 1],
      ...["Alt+Shift+F9", "CommandOrControl+Shift+G"],
    ]);
    keys.use("alt+shift+f9");
    expect([keys.keys, keys.isHeld(), keys.accelerator, told, ...taken]).toEqual(["Alt+Shift+F9", false, null, 2, "Alt+Shift+F9"]);
    keys.use(null);
    keys.tryAgain();
    expect([keys.keys, keys.isHeld(), told, ...taken]).toEqual([null, false, 3, "Alt+Shift+F9"]);
  });
});

describe("the tray", () => {
  const model = { isUnlocked: true, accelerator: "CommandOrControl+Shift+G", running: 2, needsYou: 1, pending: [request("npm publish")] };
  const words = (one: PermissionRequest) => (one.request.tool === "shell" ? one.request.command : "the key");
  const labels = (items: readonly { readonly label?: string }[]) => items.flatMap(({ label }) => (label === undefined ? [] : [label]));

  test("says how many run and how many need you", () => {
    expect(trayTooltip(model)).toBe("Gatehouse, 1 needs you, 2 running");
    expect(trayTooltip({ ...model, isUnlocked: false })).toBe("Gatehouse, locked");
  });

  test("shows the keys for the next request only while they are ours", () => {
    const next = (accelerator: string | null) =>
      trayMenu({ ...model, accelerator }, words, actions).find(({ label }) => label === "Show the next request");
    expect(next(model.accelerator)).toMatchObject({ accelerator: "CommandOrControl+Shift+G" });
    expect(next(null)).not.toHaveProperty("accelerator");
  });

  test("shows no prompt while locked", () => {
    expect(labels(trayMenu({ ...model, isUnlocked: false }, words, actions))).not.toContain("npm publish");
  });

  test("names risks, agent and task of each, and how many more wait", () => {
    const opened: string[] = [];
    const pending = Array.from({ length: 7 }, (_, at) => request(`rm ${at}`));
    const risky = pending.map((one) => ({ ...one, verdict: { ...one.verdict, risks: ["network" as const, "deletes" as const] } }));
    const menu = trayMenu({ ...model, pending: risky }, words, { ...actions, openInbox: () => void opened.push("inbox") });
    const first = menu.find(({ submenu }) => Array.isArray(submenu))?.submenu;
    expect(Array.isArray(first) ? labels(first) : []).toContain("Deletes, network · Practice agent · A task");
    const more = menu.find(({ label }) => label === "2 more in Gatehouse");
    Reflect.apply(more?.click ?? (() => {}), undefined, []);
    expect(opened).toEqual(["inbox"]);
    expect(labels(trayMenu({ ...model, isUnlocked: false, pending: risky }, words, actions)).join()).not.toContain("more in");
  });

  test("offers to allow only what it shows whole", () => {
    const long = "x".repeat(100);
    const menu = trayMenu({ ...model, pending: [request(long), request("npm publish"), request("a\nb")] }, words, actions);
    const submenus = menu
      .filter((item) => Array.isArray(item.submenu))
      .map((item) => (Array.isArray(item.submenu) ? labels(item.submenu) : []));
    expect(submenus).toEqual([
      ["No known risk · Practice agent · A task", "Show the whole request", "Deny and stop the run"],
      ["npm publish", "No known risk · Practice agent · A task", "Allow once", "Show the whole request", "Deny and stop the run"],
      ["No known risk · Practice agent · A task", "Show the whole request", "Deny and stop the run"],
    ]);
  });

  test("a form is opened or declined; its words are shown with what cannot be seen written out, and may be cut", () => {
    const asked = form(`Which\u202e database\n& why? ${"x".repeat(100)}`);
    const declined: string[] = [];
    const heard = { ...actions, decline: ({ id }: { id: string }) => void declined.push(id) };
    const item = trayMenu({ ...model, pending: [asked] }, words, heard).find(({ submenu }) => Array.isArray(submenu));
    const entries = Array.isArray(item?.submenu) ? item.submenu : [];
    expect(item?.label).toMatch(/^Practice agent asks: Which\\u\{202e\} database && why\? x+…$/i);
    expect(labels(entries)).toEqual(["Fill in the form", "Decline to answer"]);
    const decline = entries.find(({ label }) => label === "Decline to answer");
    Reflect.apply(decline?.click ?? (() => {}), undefined, []);
    expect(declined).toEqual(["req-bbbbbb"]);
  });

  test("a secret is offered for the run, which is what its answer means", () => {
    const secret = { ...request("the key"), request: { tool: "secret" as const, name: "forge", host: "forge.test" } };
    const answered: string[] = [];
    const heard = { ...actions, answer: (_: unknown, answer: string) => void answered.push(answer) };
    const item = trayMenu({ ...model, pending: [secret] }, words, heard).find(({ submenu }) => Array.isArray(submenu));
    const entries = Array.isArray(item?.submenu) ? item.submenu : [];
    expect(labels(entries)).toEqual([
      "the key",
      "No known risk · Practice agent · A task",
      "Allow for this run",
      "Show the whole request",
      "Deny and stop the run",
    ]);
    const allow: unknown = entries.find(({ label }) => label === "Allow for this run")?.click;
    if (typeof allow === "function") allow();
    expect(answered).toEqual(["allow-run"]);
  });

  test("hostile text cannot mark an access key", () => {
    expect(labels(trayMenu({ ...model, pending: [request("a && b")] }, words, actions))).toContain("a &&&& b");
  });
});

describe("the buttons of a notification", () => {
  const answers = ["allow-once", "deny"] as const;

  test("are there where the platform draws them, and nowhere else", () => {
    expect(notificationButtons("darwin", "33.2.1", answers).map(({ text }) => text)).toEqual(["Allow once", "Deny and stop the run"]);
    expect(notificationButtons("win32", "33.2.1", ["allow-run"]).map(({ text }) => text)).toEqual(["Allow for this run"]);
    expect(notificationButtons("win32", "45.4.1", ["deny"]).map(({ text }) => text)).toEqual(["Deny and stop the run"]);
    expect(notificationButtons("linux", "44.9.0", answers)).toEqual([]);
    expect(notificationButtons("linux", "45.0.0", answers)).toHaveLength(2);
    expect(notificationButtons("linux", "", answers)).toEqual([]);
  });

  test("answer nothing in the moment that their notification came up", () => {
    expect([0, 699, 700].map((sinceMs) => isPressedTooSoon(1_000, 1_000 + sinceMs))).toEqual([true, true, false]);
  });

  test("are told apart in every release of Electron, and a press that names none answers nothing", () => {
    expect(pressedAnswer(answers, {}, 0)).toBe("allow-once");
    expect(pressedAnswer(answers, { actionIndex: 1 }, undefined)).toBe("deny");
    expect(pressedAnswer(["deny"], { actionIndex: 0 }, 0)).toBe("deny");
    expect(pressedAnswer(answers, { actionIndex: 7 }, undefined)).toBeNull();
    expect(pressedAnswer(answers, null, undefined)).toBeNull();
  });
});

test.each([
  [
    "a usual display",
    { x: 0, y: 24, width: 1440, height: 876 },
    { x: 510, y: 202, width: 420, height: 520, minWidth: 360, minHeight: 400 },
  ],
  ["a second one to its left", { x: -1920, y: 0, width: 1920, height: 1080 }, { x: -1170, y: 280, width: 420, height: 520 }],
  ["a small one", { x: 0, y: 0, width: 400, height: 380 }, { x: 8, y: 24, width: 384, height: 332, minWidth: 360, minHeight: 332 }],
])("the small window is in the middle of %s and fits on it", (_title, free, place) => {
  expect(approvalPlace(free)).toMatchObject(place);
});

test("a notification's words are never markup for a daemon that reads it", () => {
  const hostile = `<b>Approved</b> <a href="https://x.example">&amp; more</a>`;
  expect(notificationBody("linux", hostile)).toBe('&lt;b&gt;Approved&lt;/b&gt; &lt;a href="https://x.example"&gt;&amp;amp; more&lt;/a&gt;');
  expect(notificationBody("darwin", hostile)).toBe(hostile);
});
