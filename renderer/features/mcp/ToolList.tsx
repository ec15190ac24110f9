import type { McpServer, McpTool, McpToolList } from "#shared/contract/mcp.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { Tag } from "../../ui/Tag.tsx";
import { odditiesOf } from "./tool-oddities.ts";

/** All that a server tells a model, in its own words, beside what was confirmed before; `before` null where that is what is shown. */
export function ToolList({ shown, before }: { readonly shown: McpToolList; readonly before: McpServer["pin"] }) {
  const known = new Map(before?.tools.map((tool) => [tool.name, tool.definition]));
  const gone = (before?.tools ?? []).filter(({ name }) => !shown.tools.some((tool) => tool.name === name));
  const changeOf = ({ name, definition }: McpTool) =>
    before === null ? null : !known.has(name) ? "new" : known.get(name) === definition ? null : "changed";
  return (
    <>
      {shown.instructions !== "" && (
        <section aria-label="Instructions">
          <h3 className="font-medium">
            Instructions{" "}
            {odditiesOf({ definition: shown.instructions }).map(({ words, why }) => (
              <Tag key={words} meaning="ask" title={why}>
                {words}
              </Tag>
            ))}{" "}
            {before !== null && before.instructions !== shown.instructions && <Tag meaning="ask">changed</Tag>}
          </h3>
          <p className="soft prose-text" dir="auto">
            {escapeControls(shown.instructions, { keepLines: true })}
          </p>
        </section>
      )}
      {shown.tools.map((tool) => (
        <section key={tool.name} aria-label={tool.name}>
          <h3 className="flex flex-wrap items-center gap-2">
            <code className="font-medium">{tool.name}</code>
            {tool.isReadOnly && (
              <Tag meaning="outline" title="By its own word">
                only reads
              </Tag>
            )}
            {odditiesOf(tool).map(({ words, why }) => (
              <Tag key={words} meaning="ask" title={why}>
                {words}
              </Tag>
            ))}
            {changeOf(tool) !== null && <Tag meaning="ask">{changeOf(tool)}</Tag>}
          </h3>
          <p className="soft prose-text" dir="auto">
            {escapeControls(tool.description, { keepLines: true })}
          </p>
          <details open={changeOf(tool) === "changed"}>
            <summary className="small label">All that it says</summary>
            <code className="small block break-all">{escapeControls(tool.definition)}</code>
          </details>
        </section>
      ))}
      {gone.length > 0 && <p className="label">No longer there: {gone.map(({ name }) => name).join(", ")}</p>}
    </>
  );
}
