import { expect, test } from "vitest";
import { whatHoldsIt } from "./what-holds-it.ts";

test("nobody is promised to be asked by an agent that does not ask", () => {
  const promised = "you are asked before anything";
  expect(whatHoldsIt({ gate: "full", terminal: "ungated" }, "chat")).toContain(promised);
  expect(whatHoldsIt({ gate: "full", terminal: "gated" }, "terminal")).toContain(promised);
  expect(whatHoldsIt({ gate: "full", terminal: "ungated" }, "terminal")).toContain("it does not ask");
  expect(whatHoldsIt({ gate: "none", terminal: "none" }, "chat")).toContain("it does not ask");
  expect(whatHoldsIt({ gate: "partial", terminal: "none" }, "chat")).not.toContain(promised);
});
