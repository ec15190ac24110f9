import { Outlet, useLocation } from "@tanstack/react-router";
import { ConnectionNotice } from "./ConnectionNotice.tsx";
import { ErrorBoundary } from "./ErrorBoundary.tsx";
import { GlobalCommands } from "./GlobalCommands.tsx";
import { Sidebar } from "./Sidebar.tsx";
import { StatusBar } from "./StatusBar.tsx";
import { TitleBar } from "./TitleBar.tsx";

/** Title bar, places, the page, status bar. */
export function Shell() {
  const path = useLocation({ select: (location) => location.pathname });
  return (
    <div className="app">
      <TitleBar />
      <Sidebar />
      <main className="main" id="page">
        <ConnectionNotice />
        <ErrorBoundary key={path}>
          <Outlet />
        </ErrorBoundary>
      </main>
      <StatusBar />
      <GlobalCommands />
    </div>
  );
}
