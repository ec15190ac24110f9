/** The reason of a part that is asked about for want of a rule alone. */
export const noRuleMatches = "No rule matches it.";
