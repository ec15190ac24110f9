import { escapeControls } from "#shared/domain/escape-controls.ts";

/** The first line of an agent's text, at most `maximum` characters, escaped; what is left out is marked. */
export function oneLine(text: string, maximum: number): string {
  const whole = text.trim();
  const line = whole.slice(0, maximum).split(/\r?\n/u)[0] ?? "";
  return escapeControls(line) + (line.length < whole.length ? "…" : "");
}

/** The last `maximum` characters of an agent's text, line breaks kept, escaped. */
export function lastWords(text: string, maximum: number): string {
  return escapeControls(text.trim().slice(-maximum).replaceAll("\r\n", "\n"), { keepLines: true });
}
