import { createHashHistory, createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { NotFound } from "./NotFound.tsx";
import { Shell } from "./Shell.tsx";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const under = () => root;

const board = createRoute({
  getParentRoute: under,
  path: "/",
  /** `repository`: show its tasks only. */
  validateSearch: (search: Record<string, unknown>): { readonly repository?: string } =>
    typeof search["repository"] === "string" ? { repository: search["repository"] } : {},
  component: lazyRouteComponent(() => import("../features/board/BoardPage.tsx"), "BoardPage"),
});
const approvals = createRoute({
  getParentRoute: under,
  path: "/approvals",
  /** `request`: the one to open with. */
  validateSearch: (search: Record<string, unknown>): { readonly request?: string } =>
    typeof search["request"] === "string" ? { request: search["request"] } : {},
  component: lazyRouteComponent(() => import("../features/approvals/ApprovalsPage.tsx"), "ApprovalsPage"),
});
const task = createRoute({
  getParentRoute: under,
  path: "/tasks/$taskId",
  /** `tab`: the pane to open with. `write`: with the focus where the agent is written to. */
  validateSearch: (search: Record<string, unknown>): { readonly tab?: string; readonly write?: true } => ({
    ...(typeof search["tab"] === "string" ? { tab: search["tab"] } : {}),
    ...(search["write"] === true ? { write: true } : {}),
  }),
  component: lazyRouteComponent(() => import("../features/task/TaskPage.tsx"), "TaskPage"),
});
const attempts = createRoute({
  getParentRoute: under,
  path: "/attempts/$group",
  component: lazyRouteComponent(() => import("../features/attempts/AttemptsPage.tsx"), "AttemptsPage"),
});
const vault = createRoute({
  getParentRoute: under,
  path: "/vault",
  component: lazyRouteComponent(() => import("../features/vault/VaultPage.tsx"), "VaultPage"),
});
const rules = createRoute({
  getParentRoute: under,
  path: "/rules",
  component: lazyRouteComponent(() => import("../features/policy/RulesPage.tsx"), "RulesPage"),
});
const audit = createRoute({
  getParentRoute: under,
  path: "/audit",
  component: lazyRouteComponent(() => import("../features/audit/AuditPage.tsx"), "AuditPage"),
});
const sandboxes = createRoute({
  getParentRoute: under,
  path: "/sandboxes",
  component: lazyRouteComponent(() => import("../features/sandboxes/SandboxesPage.tsx"), "SandboxesPage"),
});
const settings = createRoute({
  getParentRoute: under,
  path: "/settings",
  /** `part`: the one to open with. */
  validateSearch: (search: Record<string, unknown>): { readonly part?: string } =>
    typeof search["part"] === "string" ? { part: search["part"] } : {},
  component: lazyRouteComponent(() => import("../features/settings/SettingsPage.tsx"), "SettingsPage"),
});
const models = createRoute({
  getParentRoute: under,
  path: "/settings/models",
  component: lazyRouteComponent(() => import("../features/models/ModelsPage.tsx"), "ModelsPage"),
});

const mcpServers = createRoute({
  getParentRoute: under,
  path: "/settings/mcp",
  component: lazyRouteComponent(() => import("../features/mcp/McpPage.tsx"), "McpPage"),
});

const agents = createRoute({
  getParentRoute: under,
  path: "/settings/agents",
  component: lazyRouteComponent(() => import("../features/agents/AgentsPage.tsx"), "AgentsPage"),
});

/** Hash routes: the same on a custom protocol and on localhost, and no server has to know them. */
export const router = createRouter({
  routeTree: root.addChildren([board, approvals, task, attempts, vault, rules, audit, sandboxes, settings, models, mcpServers, agents]),
  history: createHashHistory(),
  defaultPreload: "intent",
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
