import { createRoot } from "react-dom/client";
import { App } from "../app/App.tsx";
import { useConnection } from "../rpc/connection.ts";
import { createRunClient } from "./run-client.ts";
import "../ui/styles.css";

// Opened by hand or by a screenshot: testing/run.html?theme=dark&state=review&calls=5000&entries=20000&requests=1000&tampered&weaker#/tasks/t-7f3a51ee90
// The wishes are taken out of the address, where the router would read them as its own, and kept for a reload.
const kept = "gatehouse.wishes";
if (window.location.search !== "") sessionStorage.setItem(kept, window.location.search);
const wishes = new URLSearchParams(sessionStorage.getItem(kept) ?? "");
history.replaceState(null, "", `${window.location.pathname}${window.location.hash}`);
const theme = wishes.get("theme");
const wished = wishes.get("state");
const known = ["backlog", "queued", "running", "stopped", "review", "accepted", "discarded"] as const;
localStorage.clear();
if (theme !== null) localStorage.setItem("gatehouse.theme", theme);
useConnection.setState({ state: "open" });

const root = document.getElementById("root");
if (root === null) throw new Error("run.html has no #root");
createRoot(root).render(
  <App
    client={createRunClient({
      state: known.find((state) => state === wished) ?? "running",
      extraCalls: Number(wishes.get("calls") ?? 0),
      extraRequests: Number(wishes.get("requests") ?? 0),
      entries: Number(wishes.get("entries") ?? 18_442),
      isTampered: wishes.has("tampered"),
      isWeaker: wishes.has("weaker"),
    })}
  />,
);
