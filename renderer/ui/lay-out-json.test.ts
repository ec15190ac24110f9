import { assert, constantFrom, json, property, string } from "fast-check";
import { expect, test } from "vitest";
import { layOutJson } from "./lay-out-json.ts";

test("each member stands in a line of its own", () => {
  expect(layOutJson('{"owner":"acme","list":[1,{"a":null}],"none":[],"text":"a, b: {c}\\" d"}')).toBe(
    `{
  "owner": "acme",
  "list": [
    1,
    {
      "a": null
    }
  ],
  "none": [],
  "text": "a, b: {c}\\" d"
}`,
  );
});

test("what a parser would drop or round is still there", () => {
  expect(layOutJson('{"a":1,"a":12345678901234567890}')).toBe('{\n  "a": 1,\n  "a": 12345678901234567890\n}');
});

test.each(['{"a":1', '"a', "}{", "[1]]", '{"a":"b}'])("%s, which does not close, comes back as it was", (text) => {
  expect(layOutJson(text)).toBe(text);
});

test("JSON means the same afterwards, and of any text nothing but white space is lost", () => {
  const isSame = (text: string) => JSON.stringify(JSON.parse(layOutJson(text))) === JSON.stringify(JSON.parse(text));
  assert(property(json(), isSame));
  const dense = (text: string) => text.replaceAll(/\s/gu, "");
  const keeps = (text: string) => dense(layOutJson(text)) === dense(text);
  assert(property(string({ unit: "binary", maxLength: 80 }), keeps));
  assert(property(string({ unit: constantFrom('"', "\\", "{", "}", "[", "]", ",", ":", " ", "\n", "a"), maxLength: 40 }), keeps));
});
