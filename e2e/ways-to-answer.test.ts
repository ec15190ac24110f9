import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkoutRoot } from "../electron/testing/checkout-root.ts";
import type { HostName } from "./app.ts";
import { type Shown, waysToAnswer } from "./ways-to-answer.ts";

const root = checkoutRoot();

test.each(waysToAnswer.flatMap(({ way, web, electron }) => [[way, "web", web] as const, [way, "electron", electron] as const]))(
  "%s, %s host: is shown by a test that is there, or has a reason why not",
  (_way, host, shown) => {
    expect(problemOf(shown, host)).toBeNull();
  },
);

function problemOf(shown: Shown, host: HostName): string | null {
  if (typeof shown === "string") return shown.length > 10 ? null : "gives no reason";
  if ("unit" in shown) return read(shown.unit).includes(`test("${shown.title}"`) ? null : `no test of that name in ${shown.unit}`;
  const journeys = read(join("e2e", shown.journey)).split(/^(?:shared)?[jJ]ourney\(/m);
  const holding = journeys.find((text) => text.includes(`test("${shown.title}"`));
  if (holding === undefined) return `no journey of that name in ${shown.journey}`;
  // A journey that runs on one host only names it after its body, alone on a line.
  const only = /^ {2}\["(web|electron)"\],$/m.exec(holding)?.[1] ?? host;
  return only === host ? null : `runs on the ${only} host alone`;
}

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}
