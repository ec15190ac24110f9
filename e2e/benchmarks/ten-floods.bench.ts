import { readFileSync } from "node:fs";
import type { TaskId } from "#shared/contract/ids.ts";
import { WebHost } from "./web-host.ts";

const runs = 10;
/** What each run prints into a terminal, writes into one file, and says in one message, in one turn. Bytes. */
const printedBytes = 8_000_000;
const writtenBytes = 3_000_000;
const saidBytes = 500_000;
/** Connections that each run tries to make to where none may ever go: a ledger row and two audit entries each. */
const connections = 40;

const print = `const line="y".repeat(99)+"\\n";let left=${printedBytes / 100};(function more(){while(left-->0)if(!process.stdout.write(line))return process.stdout.once("drain",more)})()`;
const write = `require("fs").writeFileSync("big-"+Date.now()+".txt",Array.from({length:${writtenBytes / 100}},(_,i)=>String(i).padEnd(99,"x")+"\\n").join(""))`;
const connect = `const http=require("http"),p=new URL(process.env.HTTP_PROXY),agent=new http.Agent({keepAlive:true,maxSockets:8});let n=0;
const one=()=>{if(n++>=${connections})return;http.get({host:p.hostname,port:p.port,agent,path:"http://169.254.169.254/"+n,headers:{host:"169.254.169.254",...(p.username?{"proxy-authorization":"Basic "+btoa(p.username+":"+p.password)}:{})}},r=>{r.resume();r.on("end",one)}).on("error",one)};
for(let i=0;i<8;i++)one()`;

const flood = [
  { together: [print, write, connect].map((script) => ({ run: "node", args: ["-e", script] })) },
  { flood: saidBytes, to: "message" },
];
/** All that a turn of all runs sends through core. */
const turnBytes = runs * (printedBytes + writtenBytes + saidBytes);
/** Ten runs of local sandboxes that flood everything at once, twice: what core still holds after each turn, and the most that it took. */
export const bench = { name: "ten-floods", run };

async function run(): Promise<unknown> {
  await using host = await WebHost.open();
  const { client, pid } = host;
  await host.setUp({
    ...{ sandbox: "local", maximumRuns: runs, maximumRunsPerRepository: runs },
    ...{ memoryBudgetMiB: 65_536, cpuBudgetPercent: 6_400 },
  });
  host.allowAll();
  const idle = await host.read("held");
  const ids: TaskId[] = [];
  for (let made = 0; made < runs; made++) ids.push((await host.createTask(...flood)).id);
  for (const id of ids) await client.tasks.start({ id });
  await allReviewed(host, ids);
  await readAll(host, ids);
  const first = await host.read("held");
  for (const id of ids) await client.tasks.message({ id, text: `\`\`\`steps\n${JSON.stringify(flood)}\n\`\`\`\n` });
  await allReviewed(host, ids);
  await readAll(host, ids);
  const second = await host.read("held");
  return {
    sentByATurnMB: mega(turnBytes),
    heldMB: { idle: mega(idle.heldBytes), afterOneTurn: mega(first.heldBytes), afterTwo: mega(second.heldBytes) },
    mostResidentMB: mega(mostResidentBytes(pid)),
  };
}

/** As a person does who looks at each: its diff, its timeline, its connections. */
async function readAll({ client }: WebHost, ids: readonly TaskId[]): Promise<void> {
  for (const id of ids) {
    if (!(await client.tasks.diff({ id })).files.some(({ path }) => path.startsWith("big-"))) throw new Error("Nothing was written.");
    for await (const event of await client.tasks.timeline({ id })) if (event.kind === "snapshot") break;
    if ((await client.egress.list({ taskId: id, limit: 1 })).total < connections) throw new Error("Nothing tried to connect.");
  }
}

async function allReviewed({ client }: WebHost, ids: readonly TaskId[]): Promise<void> {
  const left = new Set(ids);
  const over = new Set<string>();
  for await (const event of await client.tasks.board({}, { signal: AbortSignal.timeout(110_000) })) {
    for (const { id, state } of event.kind === "snapshot" ? event.tasks : event.kind === "changed" ? [event.task] : []) {
      if (state.state === "stopped") throw new Error(`A run was stopped: ${JSON.stringify(state)}`);
      if (state.state === "running") over.add(id);
      if (state.state === "review" && over.has(id)) left.delete(id);
    }
    if (left.size === 0) return;
  }
}

/** The most memory that a process on Linux ever had. */
function mostResidentBytes(pid: number): number {
  const kibibytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kibibytes) * 1_024;
}

function mega(bytes: number): number {
  return Math.round(bytes / 1e6);
}
