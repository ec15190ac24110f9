import { Outlet, useLocation } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useOpenPrompt } from "../rpc/open-prompt.ts";
import { ConnectionNotice } from "./ConnectionNotice.tsx";
import { DiskNotice } from "./DiskNotice.tsx";
import { ErrorBoundary } from "./ErrorBoundary.tsx";
import { GlobalCommands } from "./GlobalCommands.tsx";
import { RequestAnnouncer } from "./RequestAnnouncer.tsx";
import { Sidebar } from "./Sidebar.tsx";
import { StatusBar } from "./StatusBar.tsx";
import { TitleBar } from "./TitleBar.tsx";

const ApprovalDialog = lazy(async () => ({ default: (await import("../features/approvals/ApprovalDialog.tsx")).ApprovalDialog }));

/** Title bar, places, the page, status bar. */
export function Shell() {
  const path = useLocation({ select: (location) => location.pathname });
  return (
    <div className="app">
      <TitleBar />
      <Sidebar />
      <main className="main" id="page">
        <ConnectionNotice />
        <DiskNotice />
        <ErrorBoundary key={path}>
          <Outlet />
        </ErrorBoundary>
      </main>
      <StatusBar />
      <GlobalCommands />
      <OpenPrompt />
      <RequestAnnouncer />
    </div>
  );
}

/** The prompt that any page may open over itself; loaded when the first one is. */
function OpenPrompt() {
  const wasOpened = useOpenPrompt((open) => open.wasOpened);
  return <Suspense>{wasOpened && <ApprovalDialog />}</Suspense>;
}
