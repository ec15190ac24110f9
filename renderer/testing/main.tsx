import { createRoot } from "react-dom/client";
import { App } from "../app/App.tsx";
import { useConnection } from "../rpc/connection.ts";
import { createFakeClient } from "./fake-client.ts";
import "../ui/styles.css";

// Opened by hand or by a screenshot: testing/index.html?lock=locked&theme=dark&tasks=5000&empty&bare&full#/vault
const wishes = new URLSearchParams(window.location.search);
const lock = wishes.get("lock");
const theme = wishes.get("theme");
localStorage.clear();
if (wishes.has("welcoming")) localStorage.setItem("gatehouse.welcoming", "yes");
if (theme !== null) localStorage.setItem("gatehouse.theme", theme);
useConnection.setState({ state: "open" });

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <App
    client={createFakeClient({
      theme: theme === "light" || theme === "dark" ? theme : "system",
      lock: lock === "new" || lock === "locked" ? lock : "unlocked",
      extraTasks: Number(wishes.get("tasks") ?? 0),
      entries: Number(wishes.get("entries") ?? 18_442),
      isEmpty: wishes.has("empty"),
      isBare: wishes.has("bare"),
      isDiskFull: wishes.has("full"),
    })}
  />,
);
