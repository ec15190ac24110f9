import type { ElectronApplication } from "playwright-core";

/** The tray of the desktop app, by its menu: no test display draws one to click on. */
export interface Tray {
  /** The labels as they are now; an entry of a submenu as `Item > Entry`. */
  labels(): Promise<readonly string[]>;
  /** Clicks the first entry of this label, in a submenu too. */
  click(label: string): Promise<void>;
}

/** Keeps the menu that the tray is given from now on, and presses what is in it. */
export async function trayOf(application: ElectronApplication): Promise<Tray> {
  await application.evaluate(({ Tray: ElectronTray }) => {
    // oxlint-disable-next-line typescript/unbound-method -- called with the tray that it was taken from
    const give = ElectronTray.prototype.setContextMenu;
    ElectronTray.prototype.setContextMenu = function keep(menu) {
      Object.assign(globalThis, { trayMenu: menu });
      give.call(this, menu);
    };
  });
  return {
    labels: async () =>
      await application.evaluate(() => {
        const menu: Electron.Menu | undefined = Reflect.get(globalThis, "trayMenu");
        return (menu?.items ?? []).flatMap((item) => [
          item.label,
          ...(item.submenu?.items ?? []).map((entry) => `${item.label} > ${entry.label}`),
        ]);
      }),
    click: async (label) =>
      await application.evaluate((_electron, wanted) => {
        const menu: Electron.Menu | undefined = Reflect.get(globalThis, "trayMenu");
        const items = (menu?.items ?? []).flatMap((item) => [item, ...(item.submenu?.items ?? [])]);
        const found = items.find((item) => item.label === wanted && item.enabled);
        if (found === undefined) throw new Error(`The tray has no entry ${JSON.stringify(wanted)}.`);
        found.click();
      }, label),
  };
}
