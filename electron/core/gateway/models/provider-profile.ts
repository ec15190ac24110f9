import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { NewProvider, ProviderId } from "#shared/contract/provider.ts";
import { UserError } from "../../kernel/errors.ts";

/** An endpoint that ships with Gatehouse, as data: `resources/providers/endpoints/*.json`. */
export const ProviderProfile = z.strictObject({
  ...NewProvider.shape,
  id: ProviderId,
  about: z.url({ protocol: /^https$/ }),
});
export type ProviderProfile = z.infer<typeof ProviderProfile>;

/** Reads every shipped profile, sorted by name. One broken file refuses them all with INVALID_INPUT that names it. */
export async function loadProviders(folder: string): Promise<readonly ProviderProfile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  const profiles = await Promise.all(names.map(async (name) => await readData(join(folder, name), ProviderProfile)));
  const ids = profiles.map(({ id }) => id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) throw broken(folder, `the id "${twice}" is there twice`);
  return profiles.toSorted((a, b) => a.name.localeCompare(b.name));
}

/** Reads one shipped file by its schema. INVALID_INPUT names the file and the field. */
export async function readData<T extends z.ZodType>(file: string, schema: T): Promise<z.infer<T>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw broken(file, error instanceof Error ? error.message : String(error), error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw broken(file, z.prettifyError(parsed.error).replaceAll("\n", " "), parsed.error);
}

function broken(file: string, problem: string, cause?: unknown): UserError {
  const remedy = "Correct that file, or install Gatehouse again.";
  return new UserError("INVALID_INPUT", `${file} cannot be used: ${problem}.`, remedy, { cause });
}
