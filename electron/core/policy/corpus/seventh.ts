import { type ExpectedLine, expectedLines } from "./expected-lines.ts";
import allowBuilds from "./seventh/allow-builds.txt?raw";
import allowEveryday from "./seventh/allow-everyday.txt?raw";
import allowMore from "./seventh/allow-more.txt?raw";
import bashAsk from "./seventh/bash-ask.txt?raw";
import bashDeny from "./seventh/bash-deny.txt?raw";
import clustersAsk from "./seventh/clusters-ask.txt?raw";
import mixedDeny from "./seventh/mixed-deny.txt?raw";
import narrowMore from "./seventh/narrow-more.txt?raw";
import ruleForms from "./seventh/rule-forms.txt?raw";
import runtimesAsk from "./seventh/runtimes-ask.txt?raw";
import runtimesDeny from "./seventh/runtimes-deny.txt?raw";
import siblingsMore from "./seventh/siblings-more.txt?raw";
import siblings from "./seventh/siblings.txt?raw";
import toolsAsk from "./seventh/tools-ask.txt?raw";
import toolsDeny from "./seventh/tools-deny.txt?raw";

/**
 * A seventh corpus: forms of rules, what bash itself offers, and by program what shells, tools, runtimes, runners, containers and
 * clusters run beside the words of a rule. Written before the tables were read; a line whose expectation was changed says so.
 */
export function seventhCorpus(): readonly ExpectedLine[] {
  const files = {
    ...{ allowBuilds, allowEveryday, allowMore, bashAsk, bashDeny, clustersAsk, mixedDeny, narrowMore, ruleForms },
    ...{ runtimesAsk, runtimesDeny, siblings, siblingsMore, toolsAsk, toolsDeny },
  };
  return Object.entries(files).flatMap(([name, text]) => expectedLines(`seventh/${name}`, text));
}
