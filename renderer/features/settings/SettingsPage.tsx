import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import type { Settings } from "#shared/contract/settings.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { useAppStatus } from "../../rpc/app-status.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Select } from "../../ui/Select.tsx";
import { ErrorNote, Loading } from "../../ui/states.tsx";
import { Tabs } from "../../ui/Tabs.tsx";
import { applyTheme } from "../../ui/theme-choice.ts";
import { type Change, NumberRow } from "./NumberRow.tsx";
import { Backups } from "./operations/Backups.tsx";
import { Health } from "./operations/Health.tsx";
import { Limits } from "./operations/Limits.tsx";
import { Logs } from "./operations/Logs.tsx";
import { Storage } from "./operations/Storage.tsx";
import { NextRequestKeysRow } from "./NextRequestKeysRow.tsx";
import { Group, Row } from "./rows.tsx";
import { Repositories } from "./Repositories.tsx";
import { TextRow } from "./TextRow.tsx";
import { Security } from "./security/Security.tsx";
import "./operations/operations.css";
import "./settings.css";

const route = getRouteApi("/settings");

/** Every setting is written as it is changed; a value that cannot be is refused beside its field. */
export function SettingsPage() {
  const settings = useRead(["settings"], (client, signal) => client.settings.get({}, { signal }));
  const update = useChange((client, change: Change) => client.settings.update(change), {
    // Which image and which engine tells whether a sandbox can be made.
    reloads: [["settings"], ["sandboxes"]],
    onDone: (after) => applyTheme(after.theme),
  });
  const { part: wished } = route.useSearch();
  const part = parts.find(({ value }) => value === wished)?.value ?? "general";
  const navigate = useNavigate();
  return (
    <>
      <div className="toolbar">
        <h1>Settings</h1>
        <span role="status" className="soft small">
          {update.isRunning ? "Saving…" : ""}
        </span>
      </div>
      {settings.problem !== null && (
        <ErrorNote problem={settings.problem} className="m-3" action={{ label: "Try again", run: settings.reload }} />
      )}
      {update.problem !== null && <ErrorNote problem={update.problem} className="m-3" />}
      {settings.isLoading && <Loading what="settings" rows={6} />}
      {settings.data !== undefined && (
        <Tabs
          name="Settings"
          value={part}
          items={parts}
          onChange={(part) => void navigate({ to: "/settings", search: { part }, replace: true })}
        >
          {part === "logs" ? (
            <Logs />
          ) : (
            <div className="scroll">
              <Part part={part} settings={settings.data} onChange={update.run} />
            </div>
          )}
        </Tabs>
      )}
    </>
  );
}

const parts = [
  { value: "general", label: "General" },
  { value: "limits", label: "Limits" },
  { value: "storage", label: "Storage" },
  { value: "backups", label: "Backups" },
  { value: "health", label: "Health" },
  { value: "logs", label: "Logs" },
] as const;
type PartName = (typeof parts)[number]["value"];

function Part({
  part,
  settings,
  onChange,
}: {
  readonly part: Exclude<PartName, "logs">;
  readonly settings: Settings;
  readonly onChange: (change: Change) => void;
}) {
  switch (part) {
    case "general":
      return (
        <>
          <Rows settings={settings} onChange={onChange} />
          <Security />
          <AgentsLink />
          <ModelsLink />
          <McpLink />
          <Repositories />
          <About />
        </>
      );
    case "limits":
      return <Limits settings={settings} onChange={onChange} />;
    case "storage":
      return <Storage settings={settings} onChange={onChange} />;
    case "backups":
      return <Backups settings={settings} onChange={onChange} />;
    case "health":
      return <Health />;
    default:
      return assertNever(part);
  }
}

const engineHints: Readonly<Record<Settings["sandbox"], string>> = {
  best: "Docker where it answers, else the local sandbox, which is weaker and marked so on every card.",
  docker: "Where Docker does not answer, a task fails and says so; nothing weaker takes its place.",
  local: "A process sandbox, weaker than Docker and marked so on every card.",
};

function Rows({ settings, onChange }: { readonly settings: Settings; readonly onChange: (change: Change) => void }) {
  return (
    <div className="settings">
      <Group title="Appearance">
        <Row name="Theme" hint="The system's own, or always one of them.">
          <span className="joined" role="group" aria-label="Theme">
            {(["system", "light", "dark"] as const).map((theme) => (
              <button
                key={theme}
                type="button"
                className="btn btn-small"
                aria-pressed={settings.theme === theme}
                onClick={() => {
                  applyTheme(theme);
                  onChange({ theme });
                }}
              >
                {{ system: "System", light: "Light", dark: "Dark" }[theme]}
              </button>
            ))}
          </span>
        </Row>
      </Group>
      <Group title="Lock">
        <NumberRow
          name="Lock after"
          unit="minutes"
          hint="Of nobody touching a window; what agents do does not count. Suspending and the screen's lock lock at once. What runs goes on to its next question or secret."
          field="idleLockMinutes"
          settings={settings}
          onChange={onChange}
        />
      </Group>
      <NextRequestKeysRow settings={settings} onChange={onChange} />
      <Group title="Sandbox">
        <Row name="Engine" hint={engineHints[settings.sandbox]}>
          <Select
            label="Engine"
            className="w-56"
            value={settings.sandbox}
            options={[
              { value: "best", label: "The best there is", hint: "Docker, else local" },
              { value: "docker", label: "Docker only" },
              { value: "local", label: "Local sandbox", hint: "weaker" },
            ]}
            onChange={(sandbox) => onChange({ sandbox })}
          />
        </Row>
        <TextRow
          name="Base image"
          hint="What the sandbox image is built on: it must hold git and Node 20 or newer. Empty: the one Gatehouse names."
          field="baseImage"
          whenEmpty="as shipped"
          settings={settings}
          onChange={onChange}
        />
      </Group>
      <Group title="Network">
        <TextRow
          name="Proxy"
          hint="The HTTP proxy that this computer needs to reach the Internet. Empty: what HTTPS_PROXY said at start, with its password."
          field="upstreamProxy"
          whenEmpty="as the environment says"
          settings={settings}
          onChange={onChange}
        />
        <TextRow
          name="Extra authorities"
          hint="A PEM file of certificate authorities to trust besides the system's, as a company's proxy needs. Holds for runs that start from now on."
          field="extraCaFile"
          whenEmpty="none"
          settings={settings}
          onChange={onChange}
        />
      </Group>
    </div>
  );
}

function AgentsLink() {
  return (
    <Group title="Agents">
      <Row name="Agents" hint="Which agents there are, how each is held, what their checks showed; and any other that speaks ACP.">
        <Link to="/settings/agents" className="btn btn-small">
          Open
        </Link>
      </Row>
    </Group>
  );
}

function ModelsLink() {
  return (
    <Group title="Models">
      <Row name="Models and budgets" hint="Which model endpoints runs may call, what they cost, and how much may be spent.">
        <Link to="/settings/models" className="btn btn-small">
          Open
        </Link>
      </Row>
    </Group>
  );
}

function McpLink() {
  return (
    <Group title="MCP servers">
      <Row
        name="Tools for agents"
        hint="Servers that agents start in their sandbox, for which repositories, and which of their tools are confirmed."
      >
        <Link to="/settings/mcp" className="btn btn-small">
          Open
        </Link>
      </Row>
    </Group>
  );
}

function About() {
  const status = useAppStatus((app) => app.status);
  if (status === null) return null;
  return (
    <p className="label small p-3">
      Gatehouse {status.version}, {{ electron: "desktop app", web: "in the browser", cli: "terminal" }[status.host]}
    </p>
  );
}
