import beyondNarrow from "./eighth/beyond-narrow.txt?raw";
import beyondNarrowMore from "./eighth/beyond-narrow-more.txt?raw";
import dailyAllowsMore from "./eighth/daily-allows-more.txt?raw";
import beyondNarrowThird from "./eighth/beyond-narrow-third.txt?raw";
import dailyAllowsThird from "./eighth/daily-allows-third.txt?raw";
import dailyAllows from "./eighth/daily-allows.txt?raw";
import { type ExpectedLine, expectedLines } from "./expected-lines.ts";

/**
 * Narrow rules as a typical person has them: what goes beyond them, and what coding agents send under them all day. Each list
 * was written before it was tried, with the figures of its first run in its first line; a changed expectation says so.
 */
export function narrowRules(): readonly ExpectedLine[] {
  return Object.entries({ beyondNarrow, beyondNarrowMore, beyondNarrowThird, dailyAllows, dailyAllowsMore, dailyAllowsThird }).flatMap(
    ([name, text]) => expectedLines(`eighth/${name}`, text),
  );
}
