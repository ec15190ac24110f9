import { useState } from "react";
import type { Dialect, Provider } from "#shared/contract/provider.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { ErrorNote, Loading } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { ProviderDialog } from "./ProviderDialog.tsx";

export const dialectNames: Readonly<Record<Dialect, string>> = {
  anthropic: "Anthropic Messages",
  openai: "OpenAI",
  gemini: "Gemini",
};

/** The endpoints whose usage is read. One on a private network is reached only because it is listed here. */
export function Providers() {
  const providers = useRead(["providers"], (client, signal) => client.providers.list({}, { signal }));
  const [edited, setEdited] = useState<Provider | "new" | null>(null);
  const [asked, setAsked] = useState<Provider | null>(null);
  const remove = useChange((client, id: string) => client.providers.remove({ id }), {
    reloads: [["providers"]],
    onDone: () => setAsked(null),
  });
  return (
    <section aria-label="Model endpoints">
      <h2 className="group-head">
        Model endpoints
        <span className="label">whose usage is read as it passes the gateway</span>
        <Button size="small" look="quiet" icon="plus" className="push" onClick={() => setEdited("new")}>
          Add an endpoint
        </Button>
      </h2>
      {providers.problem !== null && <ErrorNote problem={providers.problem} className="m-3" />}
      {providers.isLoading && <Loading what="the endpoints" rows={3} />}
      {providers.data !== undefined && (
        <Table
          name="Model endpoints"
          columns={[
            { title: "Name", width: "24%" },
            { title: "Address" },
            { title: "Speaks", width: "150px" },
            { title: "Key in", width: "130px" },
            { title: "", width: "180px", end: true },
          ]}
        >
          {providers.data.map((provider) => (
            <tr key={provider.id}>
              <td>
                <span className="font-medium">{escapeControls(provider.name)}</span>{" "}
                {provider.isPrivate && <Tag meaning="outline">private</Tag>} {provider.isFree && <Tag meaning="outline">free</Tag>}{" "}
                {provider.isOpened === true && !provider.isPrivate && <Tag meaning="outline">opened for usage</Tag>}
              </td>
              <td title={provider.isPrivate ? `Agents reach it as ${provider.sandboxUrl}` : provider.baseUrl}>
                <code>{escapeControls(provider.baseUrl)}</code>
              </td>
              <td>{dialectNames[provider.dialect]}</td>
              <td>{provider.key === null ? <span className="label">no key</span> : <code>{provider.key.header}</code>}</td>
              <td className="end">
                {provider.isShipped ? (
                  <span className="label small">shipped</span>
                ) : (
                  <>
                    <Button size="small" look="quiet" onClick={() => setEdited(provider)}>
                      Change
                    </Button>
                    <Button size="small" look="quiet" onClick={() => setAsked(provider)}>
                      Remove
                    </Button>
                  </>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {edited !== null && <ProviderDialog edited={edited} onClose={() => setEdited(null)} />}
      <Confirm
        open={asked !== null}
        onClose={() => setAsked(null)}
        title={`Remove ${escapeControls(asked?.name ?? "the endpoint")}?`}
        action="Remove"
        onConfirm={() => asked !== null && remove.run(asked.id)}
        isRunning={remove.isRunning}
      >
        <p>{asked?.isPrivate === true ? "Its private address can no longer be reached. " : ""}What it was used for stays in the totals.</p>
        {remove.problem !== null && <ErrorNote problem={remove.problem} className="mt-3" />}
      </Confirm>
    </section>
  );
}
