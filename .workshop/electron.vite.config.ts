import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "electron-vite";

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

export default defineConfig({
  main: {
    build: {
      outDir: at("out/main"),
      // Node 20, also in Electron 33: without it, the newest Electron's syntax would be kept.
      target: "node20",
      rollupOptions: {
        input: {
          "host-electron": at("electron/host-electron/main.ts"),
          "host-web": at("electron/host-web/main.ts"),
          cli: at("electron/cli/main.ts"),
        },
        output: { format: "es" },
      },
    },
  },
  preload: {
    build: {
      outDir: at("out/preload"),
      target: "node20",
      rollupOptions: {
        input: { preload: at("electron/host-electron/preload.ts") },
        output: { format: "cjs", entryFileNames: "[name].cjs" },
      },
    },
  },
  renderer: {
    root: at("renderer"),
    plugins: [react(), tailwindcss()],
    build: {
      outDir: at("out/renderer"),
      target: ["firefox128", "safari17.4"],
      // The first releases with light-dark(), which every colour of the design is written in.
      cssTarget: ["chrome123", "firefox128", "safari17.5"],
      minify: true,
      rollupOptions: { input: { index: at("renderer/index.html"), passkey: at("renderer/passkey.html") } },
    },
  },
});
