/** What an unattended run does while it waits for a person. */
export function pausedWords(decisions: number): string {
  return `Paused: waits for ${decisions} ${decisions === 1 ? "decision" : "decisions"}`;
}
