import type { UsageSum } from "#shared/contract/usage.ts";
import { writeTokens, writeUsd } from "#shared/domain/money.ts";
import { writeCount } from "./format.ts";

/** Tokens and cost in a few words; what is not known is said, never counted as nothing. */
export function UsageFact({ usage }: { readonly usage: UsageSum }) {
  return (
    <span className="num" title={usageDetail(usage)}>
      {usageTokens(usage)} · {usageCost(usage)}
    </span>
  );
}

/** All tokens that went in or out, or that none are known. */
export function usageTokens({ tokens, calls, unknownTokens }: UsageSum): string {
  if (calls > 0 && unknownTokens === calls) return "tokens unknown";
  const all = tokens.input + tokens.output + tokens.cachedRead + tokens.cacheWrite;
  return `${writeTokens(all)}${unknownTokens > 0 ? "+" : ""} tokens`;
}

/** The known cost; `+` where calls of unknown cost come on top of it. */
export function usageCost({ calls, cost, unknownCost }: UsageSum): string {
  if (calls > 0 && unknownCost === calls) return "cost unknown";
  return unknownCost > 0 ? `${writeUsd(cost)}+` : writeUsd(cost);
}

export function usageDetail({ calls, tokens, unknownTokens, unknownCost }: UsageSum): string {
  const lines = [
    writeCount(calls, "call"),
    `Input ${tokens.input.toLocaleString("en")}, output ${tokens.output.toLocaleString("en")}`,
    `Cache: ${tokens.cachedRead.toLocaleString("en")} read, ${tokens.cacheWrite.toLocaleString("en")} written`,
  ];
  if (unknownTokens > 0) lines.push(`Tokens not known: ${writeCount(unknownTokens, "call")}`);
  if (unknownCost > 0) lines.push(`Cost not known: ${writeCount(unknownCost, "call")}`);
  return lines.join("\n");
}
