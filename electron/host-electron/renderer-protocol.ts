import { protocol, session } from "electron";
import { readStaticFiles } from "../core/static-files.ts";
import { securityHeaders } from "../core/security-headers.ts";
import { appScheme } from "./app-origin.ts";

/** Must run before the app is ready. */
export function registerRendererScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** Serves the built renderer, a fixed table of files, with the same headers as the web host. */
export function serveRenderer(folder: string): void {
  const files = readStaticFiles(folder);
  session.defaultSession.protocol.handle(appScheme, (request) => {
    const { host, pathname } = new URL(request.url);
    const file = host === "app" && request.method === "GET" ? files.get(pathname === "/" ? "/index.html" : pathname) : undefined;
    if (file === undefined) return new Response("There is no such page.\n", { status: 404, headers: securityHeaders });
    return new Response(new Uint8Array(file.body), { headers: { ...securityHeaders, "Content-Type": file.type } });
  });
}
