import { Menu, type MenuItemConstructorOptions } from "electron";

/** The application menu: places and what is always in reach. The renderer owns the shortcuts inside the page. */
export function setApplicationMenu(actions: {
  readonly open: (place: string) => void;
  readonly lock: () => void;
  readonly stopEverything: () => void;
}): void {
  const places: MenuItemConstructorOptions[] = ["Board", "Approvals", "Vault", "Rules", "Audit", "Sandboxes", "Settings"].map((label) => ({
    label,
    click: () => actions.open(label.toLowerCase()),
  }));
  const template: MenuItemConstructorOptions[] = [
    ...(process.platform === "darwin" ? [{ role: "appMenu" } as const] : []),
    {
      label: "Gatehouse",
      submenu: [
        { label: "Lock", click: () => actions.lock() },
        { label: "Stop everything", click: () => actions.stopEverything() },
        { type: "separator" },
        { role: process.platform === "darwin" ? "close" : "quit" },
      ],
    },
    { role: "editMenu" },
    { label: "Go", submenu: places },
    {
      label: "View",
      submenu: [
        { role: "reload" },
        { role: "resetZoom" },
        { role: "zoomIn" },
        { role: "zoomOut" },
        { type: "separator" },
        { role: "togglefullscreen" },
      ],
    },
    { role: "windowMenu" },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
