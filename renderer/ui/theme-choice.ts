export type ThemeChoice = "system" | "light" | "dark";

/** Kept beside the page too, so that the locked screen and the next start look right before settings can be read. */
const key = "gatehouse.theme";

/** Applies the theme that was chosen last. */
export function startTheme(): void {
  const kept = localStorage.getItem(key);
  applyTheme(kept === "light" || kept === "dark" ? kept : "system");
}

/** Shows a theme now, without a reload; `system` follows the platform. */
export function applyTheme(theme: ThemeChoice): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  localStorage.setItem(key, theme);
}
