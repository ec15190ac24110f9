/**
 * How well `text` answers what was typed: 0 not at all. Every word must occur; the start of the text
 * counts most, then the start of a word. Nothing typed matches everything alike.
 */
export function rankMatch(typed: string, text: string): number {
  const words = typed.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const lower = text.toLowerCase();
  let score = 1;
  for (const word of words) {
    const at = lower.indexOf(word);
    if (at < 0) return 0;
    if (at === 0) score += 4;
    else if (new RegExp(`(^|[\\s/._-])${escape(word)}`).test(lower)) score += 2;
    else score += 1;
  }
  return score;
}

function escape(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
