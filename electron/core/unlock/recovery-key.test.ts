import { expect, test } from "vitest";
import { isMistyped, newRecoveryKey, readRecoveryKey } from "./recovery-key.ts";

const hex = (text: string) => readRecoveryKey(text).use((bytes) => bytes.toString("hex"));

test("what is written down reads back as the key, in any case, grouping and look", () => {
  const { text, key } = newRecoveryKey();
  const expected = key.use((bytes) => bytes.toString("hex"));
  expect(text).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){8}[0-9A-HJKMNP-TV-Z]{4}$/);
  expect(expected.length).toBe(40);
  expect(newRecoveryKey().text).not.toBe(text);
  for (const typed of [
    text,
    text.toLowerCase(),
    text.replaceAll("-", ""),
    text.replaceAll("-", "  "),
    text.replaceAll("0", "o").replaceAll("1", "I"),
  ])
    expect(hex(typed)).toBe(expected);
});

test("any wrong or exchanged character is told from a wrong key, and is no guess", () => {
  const { text } = newRecoveryKey();
  const plain = text.replaceAll("-", "");
  let unnoticed = 0;
  for (let at = 0; at < plain.length; at++) {
    const changed = `${plain.slice(0, at)}${plain[at] === "7" ? "8" : "7"}${plain.slice(at + 1)}`;
    try {
      readRecoveryKey(changed);
      unnoticed++;
    } catch (error) {
      expect(error).toMatchObject({ code: "WRONG_RECOVERY_KEY" });
      expect(isMistyped(error)).toBe(true);
    }
  }
  expect(unnoticed).toBe(0);
  for (const nonsense of ["", "----", plain.slice(1), `${plain}0`, plain.replace(/./, "!"), plain.replace(/./, "U")])
    expect(() => readRecoveryKey(nonsense), nonsense).toThrow(expect.objectContaining({ code: "WRONG_RECOVERY_KEY" }));
});
