import { useState } from "react";
import type { PriceEntry } from "#shared/contract/usage.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { SearchField } from "../../ui/Field.tsx";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { PriceDialog } from "./PriceDialog.tsx";

/** What a million tokens costs, with where and when that was read. One's own prices go before the shipped ones. */
export function Prices() {
  const prices = useRead(["usage", "prices"], (client, signal) => client.usage.prices({}, { signal }));
  const [filter, setFilter] = useState("");
  const [edited, setEdited] = useState<PriceEntry | "new" | null>(null);
  const remove = useChange((client, pattern: string) => client.usage.removePrice({ pattern }), { reloads: [["usage"]] });
  const shown = prices.data?.filter(({ pattern }) => pattern.includes(filter.trim().toLowerCase())) ?? [];
  return (
    <section aria-label="Prices">
      <h2 className="group-head">
        Prices
        <span className="label">US dollars for a million tokens. A model without a price has an unknown cost.</span>
        <SearchField name="Filter models" className="push w-48" value={filter} onChange={(event) => setFilter(event.target.value)} />
        <Button size="small" look="quiet" icon="plus" onClick={() => setEdited("new")}>
          Add a price
        </Button>
      </h2>
      {prices.problem !== null && <ErrorNote problem={prices.problem} className="m-3" />}
      {remove.problem !== null && <ErrorNote problem={remove.problem} className="m-3" />}
      {prices.isLoading && <Loading what="the prices" rows={6} />}
      {prices.data !== undefined && shown.length === 0 && <EmptyState>No price names such a model.</EmptyState>}
      {shown.length > 0 && (
        <Table
          name="Prices"
          size="small"
          columns={[
            { title: "Model" },
            { title: "Input", width: "76px", end: true },
            { title: "Output", width: "76px", end: true },
            { title: "Cache read", width: "86px", end: true },
            { title: "Cache write", width: "86px", end: true },
            { title: "Read on", width: "100px" },
            { title: "", width: "180px", end: true },
          ]}
        >
          {shown.map((price) => (
            <tr key={price.pattern}>
              <td title={price.source}>
                <code>{price.pattern}</code> {price.isOwn && <Tag meaning="outline">yours</Tag>}{" "}
                {price.long !== null && <span className="label">more above {price.long.above.toLocaleString("en")} tokens</span>}
              </td>
              <td className="end">{price.input}</td>
              <td className="end">{price.output}</td>
              <td className="end">{price.cachedRead ?? <span className="label">as input</span>}</td>
              <td className="end">{price.cacheWrite ?? <span className="label">as input</span>}</td>
              <td className="num" title={price.source}>
                {price.asOf}
              </td>
              <td className="end">
                <Button size="small" look="quiet" onClick={() => setEdited(price)}>
                  Change
                </Button>
                {price.isOwn && (
                  <Button size="small" look="quiet" onClick={() => remove.run(price.pattern)}>
                    Remove
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {edited !== null && <PriceDialog edited={edited} onClose={() => setEdited(null)} />}
    </section>
  );
}
