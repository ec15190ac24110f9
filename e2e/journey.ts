import { afterAll, afterEach } from "vitest";
import { describeWith, type Engine } from "../electron/testing/engines.ts";
import { type HostName, type LaunchOptions, launch, newDataFolder, type RunningApp } from "./app.ts";
import { removeContainersOf } from "./containers.ts";
import { Person } from "./person.ts";

/** One person's machine during a journey: a data folder, and the app on it, which may be started again. */
export class Machine {
  readonly host: HostName;
  readonly #folder = newDataFolder();
  #app: RunningApp | null = null;

  constructor(host: HostName) {
    this.host = host;
  }

  get dataFolder(): string {
    return this.#folder.path;
  }

  get app(): RunningApp {
    if (this.#app === null) throw new Error("The app has not been started.");
    return this.#app;
  }

  async start(options: Partial<LaunchOptions> = {}): Promise<Person> {
    this.#app = await launch(this.host, { dataFolder: this.dataFolder, ...options });
    return new Person(this.#app.page);
  }

  /** What the screen showed when a test failed, into `test-results/`. */
  async photograph(title: string): Promise<void> {
    const name = `${title} ${this.host}`.replaceAll(/[^a-z0-9]+/gi, "-").slice(0, 80);
    await this.#app?.page.screenshot({ path: `test-results/${name}.png`, timeout: 5_000 }).catch(() => {});
  }

  async kill(): Promise<void> {
    await this.app.kill();
    this.#app = null;
  }

  /** Core dies as of a fault of its own, which is when a runtime would write a dump. */
  async crash(): Promise<void> {
    await this.app.crash();
    this.#app = null;
  }

  async end(): Promise<void> {
    await this.#app?.close().catch(() => {});
    removeContainersOf(this.dataFolder);
    this.#folder.remove();
  }
}

/** A machine that was started and set up, and the person at it. */
export interface Here {
  readonly machine: Machine;
  readonly person: Person;
}

/**
 * The same journey on both hosts unless only one has what it is about, on a machine of its own for each test. `needs`: engines
 * besides Docker and the host's own.
 */
export function journey(
  title: string,
  body: (machine: () => Machine) => void,
  hosts: readonly HostName[] = ["web", "electron"],
  needs: readonly Engine[] = [],
): void {
  onHosts(title, hosts, needs, (host) => {
    let machine: Machine | null = null;
    afterEach(async ({ task }) => {
      if (task.result?.state === "fail") await machine?.photograph(task.name);
      await machine?.end();
      machine = null;
    });
    body(() => (machine ??= new Machine(host)));
  });
}

/**
 * As `journey`, for tests that go on where the one before left the machine: it is started and set up once, and anew after a test
 * that failed.
 */
export function sharedJourney(
  title: string,
  body: (here: () => Promise<Here>, host: HostName) => void,
  hosts: readonly HostName[] = ["web", "electron"],
  needs: readonly Engine[] = [],
): void {
  onHosts(title, hosts, needs, (host) => {
    let held: Machine | null = null;
    const end = async () => {
      await held?.end();
      held = null;
    };
    afterEach(async ({ task }) => {
      if (task.result?.state !== "fail") return;
      await held?.photograph(task.name);
      await end();
    });
    afterAll(end);
    body(async () => {
      // A test may have started the app again.
      if (held !== null) return { machine: held, person: new Person(held.app.page) };
      const machine = new Machine(host);
      held = machine;
      const person = await machine.start();
      await person.setUp();
      return { machine, person };
    }, host);
  });
}

function onHosts(title: string, hosts: readonly HostName[], needs: readonly Engine[], body: (host: HostName) => void): void {
  for (const host of hosts)
    describeWith(["docker", host === "web" ? "browser" : "electron", ...needs], `${title}, ${host} host`, () => body(host));
}
