import type { ReactNode } from "react";
import type { EgressRow } from "#shared/contract/egress.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { writeBytes, writeClock } from "../../../ui/format.ts";
import { carriedWords, statusWords, tookWords, whereWords } from "./egress-words.ts";

/** One connection in full. */
export function EgressDetail({ row }: { readonly row: EgressRow }) {
  const { words } = statusWords(row);
  const took = tookWords(row);
  return (
    <div className="scroll egress-facts">
      <h3 className="egress-title">
        <code>{whereWords(row)}</code>
      </h3>
      <dl className="facts">
        <Fact name="State">
          {words}
          {took !== "" && took !== "open" ? ` after ${took}` : ""}
          {row.count > 1 ? `, ${row.count.toLocaleString("en-US")} times` : ""}
        </Fact>
        {row.why !== null && <Fact name="Why">{escapeControls(row.why)}</Fact>}
        <Fact name="Decided by">{row.decidedBy === "" ? "nobody yet" : row.decidedBy}</Fact>
        {row.rule !== null && (
          <Fact name="Rule">
            <code>{row.rule}</code>
          </Fact>
        )}
        <Fact name="Carried">{carriedWords(row)}</Fact>
        {row.secret !== null && (
          <Fact name="Secret">
            <code>{row.secret}</code>, added outside the sandbox
          </Fact>
        )}
        <Fact name="Port">{row.port === 0 ? "none" : row.port}</Fact>
        <Fact name="Program">{row.program === null ? "not known" : `calls itself ${escapeControls(row.program)}`}</Fact>
        <Fact name="Moved">{`${writeBytes(row.bytesUp)} out, ${writeBytes(row.bytesDown)} in`}</Fact>
        <Fact name="Began">{writeClock(row.at, true)}</Fact>
        <Fact name="Run">
          <code>{row.runId}</code>
        </Fact>
      </dl>
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="num">{children}</dd>
    </>
  );
}
