import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { RepositorySettings } from "#shared/contract/repository-settings.ts";
import { checkoutRoot } from "../../testing/checkout-root.ts";

test("the schema that editors get is the one that the file is read by", async () => {
  const schema = z.toJSONSchema(RepositorySettings, { io: "input", target: "draft-7" });
  const published = { title: "Gatehouse: how agents work on this repository (gatehouse.jsonc)", ...schema };
  await expect(`${JSON.stringify(published, null, 2)}\n`).toMatchFileSnapshot(join(checkoutRoot(), "resources/gatehouse.schema.json"));
});
