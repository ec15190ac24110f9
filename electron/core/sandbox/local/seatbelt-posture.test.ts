import { expect, test } from "vitest";
import { judgeTried, type Tried } from "./seatbelt-posture.ts";

const kept: Tried = { uid: 501, network: "EPERM", home: "EPERM", elsewhere: "EPERM" };

test("what Seatbelt refuses is not listed, and what it cannot limit always is", () => {
  expect(judgeTried(kept)).toMatchObject({ network: "none" });
  expect(judgeTried(kept).badge.weaker).toHaveLength(3);
});

test.each(["reached", "sent", "ENETUNREACH", "ECONNREFUSED"])("a connection that ends in %s is a network", (network) => {
  expect(judgeTried({ ...kept, network }).network).toBe("present");
});

test("root, a home that is seen and a folder that is written are listed", () => {
  expect(judgeTried({ uid: 0, network: "EPERM", home: "reached", elsewhere: "reached" }).badge.weaker).toHaveLength(6);
});
