import { Menu, nativeImage, Tray } from "electron";
import { type TrayActions, type TrayModel, trayMenu, trayTooltip } from "./tray-menu.ts";
import type { PermissionRequest } from "#shared/contract/permission.ts";

/** Least time between two menus, milliseconds: a flood of requests is not a menu each. */
const gatherMs = 100;

/** The tray icon; null where the desktop has no tray. */
export function createTray(
  icon: string,
  model: () => TrayModel,
  words: (request: PermissionRequest) => string,
  actions: TrayActions,
): { refresh(): void } | null {
  let tray: Tray;
  try {
    tray = new Tray(nativeImage.createFromPath(icon));
  } catch {
    return null;
  }
  tray.on("click", () => actions.open());
  let isDue = false;
  const draw = () => {
    isDue = false;
    const now = model();
    tray.setToolTip(trayTooltip(now));
    tray.setContextMenu(Menu.buildFromTemplate(trayMenu(now, words, actions)));
    if (process.platform === "darwin") tray.setTitle(now.needsYou > 0 ? String(now.needsYou) : "");
  };
  const refresh = () => {
    if (!isDue) setTimeout(draw, gatherMs);
    isDue = true;
  };
  draw();
  return { refresh };
}
