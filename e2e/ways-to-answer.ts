import type { HostName } from "./app.ts";

/** Where it is shown that a way works: a test by its file and title; `unit`: a test without an app; in words: why there is none. */
export type Shown = { readonly journey: string; readonly title: string } | { readonly unit: string; readonly title: string } | string;

/** Every way in which a request that waits is answered or ends, and what shows on each host that it does. */
export interface WayToAnswer extends Readonly<Record<HostName, Shown>> {
  readonly way: string;
}

const approvals = (title: string): Shown => ({ journey: "approvals.test.ts", title });
const mainJob = (title: string): Shown => ({ journey: "main-job.test.ts", title });
const both = (shown: Shown) => ({ web: shown, electron: shown });

const holds = "an answer that allows holds as long as it says: once, for this run, for an hour and in this repository";
const denies = "a denial holds for all of a run, and for several runs at once";
const withdrawn = "a request is withdrawn, and says why, where its run is stopped or its sandbox dies while it waits";
const twoWindows = "a request in two windows is answered once: the small window answers, the other says so and takes no second answer";
const fingers = "is not answered by keys that were meant for the one before, nor once it has expired";
const shortcut =
  "open it from anywhere and answer it; behind the lock they show nothing; a program that has them is told of, and others can be chosen";
const forms =
  "a form of an agent waits like a request: it is counted, filled in and declined by keys, in the inbox, the small window and the tray";
const unanswered = "a request that nobody answers expires to deny and ends the run with words that say so";
const toasts = "tell of a request in plain text, open it, go when it is answered or the app is locked, and say nothing while it is";

const noTray = "a browser has no tray";
const noToasts = "the web host shows no notifications: it has no desktop";
const noDesktopKeys = "a page has no keys beyond its window";
const byKeyThere = "given by its key on this host, from the menu on the other: the page's own code";
const fromMenuThere = "given from the menu on this host, by its key on the other: the page's own code";
const sameCode = "the page's own code, shown on the web host; the desktop app draws the same page";

/** Kept honest by `ways-to-answer.test.ts`: each title has to be there, and its journey has to run on that host. */
export const waysToAnswer: readonly WayToAnswer[] = [
  { way: "inbox: A, Shift+A", ...both(approvals(holds)) },
  { way: "inbox: D", ...both(mainJob("a denied request ends the run at once, is named, and the agent does not go on")) },
  { way: "inbox: click on Allow once, on This run", ...both(approvals(holds)) },
  { way: "inbox: menu, for an hour", web: approvals(holds), electron: byKeyThere },
  { way: "inbox: H, for an hour", web: fromMenuThere, electron: approvals(holds) },
  { way: "inbox: menu, always allow like this, with the rule shown first", web: byKeyThere, electron: approvals(holds) },
  { way: "inbox: R, always allow like this; keys and clicks in haste write no rule", web: approvals(holds), electron: fromMenuThere },
  { way: "inbox: menu, deny all that this run asks", web: approvals(denies), electron: byKeyThere },
  { way: "inbox: Shift+D, deny all that this run asks", web: fromMenuThere, electron: approvals(denies) },
  { way: "inbox: marked by X, denied at once", ...both(approvals(denies)) },
  { way: "palette: mark all, deny all marked", ...both(approvals(denies)) },
  { way: "over the task's page", ...both(approvals(holds)) },
  { way: "over the board", ...both(approvals(holds)) },
  {
    way: "denied, then a word to the agent, and the run goes on",
    ...both(mainJob("a denied request ends the run at once, is named, and the agent does not go on")),
  },
  { way: "small window: A, and click", ...both(approvals(twoWindows)) },
  { way: "answered elsewhere: the other window says so", ...both(approvals(twoWindows)) },
  { way: "two answers at once: one counts, the stale one is refused", ...both(approvals(twoWindows)) },
  { way: "small window: ?, the keys of what it shows", ...both(approvals(twoWindows)) },
  { way: "Enter, Space, Escape answer nothing", ...both(approvals(twoWindows)) },
  {
    way: "hammering, held presses, presses meant for the one before",
    web: { journey: "fingers.test.ts", title: fingers },
    electron: sameCode,
  },
  { way: "more come while one is read: it stays where it is", web: { journey: "fingers.test.ts", title: fingers }, electron: sameCode },
  { way: "inbox: all marked by Shift+X, denied at once", web: { journey: "fingers.test.ts", title: fingers }, electron: sameCode },
  { way: "more than a run may ask at once", web: { journey: "fingers.test.ts", title: fingers }, electron: sameCode },
  { way: "a form: A, Mod+Enter, D; L on the web host, the tray in the desktop app", ...both(approvals(forms)) },
  { way: "tray: allow, deny", web: noTray, electron: approvals("shows what waits, allows it and denies it") },
  {
    way: "tray: more than fits, risks, secrets",
    web: noTray,
    electron: {
      unit: "electron/host-electron/host-electron.test.ts",
      title: "names risks, agent and task of each, and how many more wait",
    },
  },
  { way: "notification: click", web: noToasts, electron: { journey: "notifications.test.ts", title: toasts } },
  {
    way: "notification: buttons",
    web: noToasts,
    electron: { unit: "electron/host-electron/host-electron.test.ts", title: "are there where the platform draws them, and nowhere else" },
  },
  { way: "global shortcut; another program has it; chosen anew", web: noDesktopKeys, electron: approvals(shortcut) },
  { way: "expiry, in the inbox and in the small window", ...both(mainJob(unanswered)) },
  {
    way: "locked while it waits",
    ...both(mainJob("locking hides everything, the run waits at its prompt, and after unlocking it goes on")),
  },
  { way: "the run is stopped while it waits", ...both(approvals(withdrawn)) },
  { way: "the agent and its sandbox die while it waits", ...both(approvals(withdrawn)) },
  {
    way: "core is killed while it waits",
    ...both(mainJob("kill -9 of core leaves a true state: the run is interrupted, the prompt expired, no sandbox runs")),
  },
];
