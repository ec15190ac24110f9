import { contextBridge, ipcRenderer } from "electron";

/** Hands the page one port to core and nothing else. The page asks once it is ready to listen. */
contextBridge.exposeInMainWorld("gatehouse", {
  ready: () => ipcRenderer.send("gatehouse:connect"),
});

ipcRenderer.on("gatehouse:port", (event) => {
  window.postMessage("gatehouse:port", window.location.origin, [...event.ports]);
});

ipcRenderer.on("gatehouse:open", (_event, place: unknown) => {
  if (typeof place === "string") window.postMessage({ gatehouseOpen: place }, window.location.origin);
});
