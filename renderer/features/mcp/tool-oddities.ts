import type { McpTool } from "#shared/contract/mcp.ts";
import { hasHiddenCharacters } from "#shared/domain/escape-controls.ts";

/** Longer than this is more than anybody needs to say what a tool does, and enough to hide something in. Characters. */
const longText = 4_000;

/** What of a server's words a person should not overlook, in words. They are shown whole and written out all the same. */
export function odditiesOf({ definition }: Pick<McpTool, "definition">): readonly { readonly words: string; readonly why: string }[] {
  return [
    ...(hasHiddenCharacters(definition)
      ? [{ words: "hidden characters", why: "It holds characters that cannot be seen; they are written out here." }]
      : []),
    ...(definition.length > longText
      ? [{ words: `${definition.length.toLocaleString("en")} characters`, why: "It is long: look at all of it, to its end." }]
      : []),
  ];
}
