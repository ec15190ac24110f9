import { expect, test } from "vitest";
import { canonicalJson, wellFormed } from "./canonical-json.ts";

test("the sample of RFC 8785 section 3.2.2 gets the form of section 3.2.3", () => {
  const sample = String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`;
  expect(canonicalJson(JSON.parse(sample))).toBe(
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
});

test("keys are sorted by UTF-16 code units, as in RFC 8785 section 3.2.3", () => {
  const keys = ["\u20ac", "\r", "\ufb33", "1", "\u{1f600}", "\u0080", "\u00f6"];
  const sorted = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\u{1f600}", "\ufb33"];
  const text = canonicalJson(Object.fromEntries(keys.map((key, at) => [key, at])));
  expect(Object.keys(JSON.parse(text)).toSorted()).toEqual(sorted.toSorted());
  expect(text).toBe(`{${sorted.map((key) => `${JSON.stringify(key)}:${keys.indexOf(key)}`).join(",")}}`);
});

test("what has no canonical form is refused", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, "\ud800", "a\udc00b"]) expect(() => canonicalJson(value)).toThrow(TypeError);
  expect(() => canonicalJson({ "\udead": 1 })).toThrow(TypeError);
  expect(canonicalJson([-0, "\u{1f600}"])).toBe('[0,"\u{1f600}"]');
});

test("text is made well formed by replacing lone surrogates only", () => {
  expect(wellFormed("a\ud800b\u{1f600}\udc00")).toBe("a\ufffdb\u{1f600}\ufffd");
});
