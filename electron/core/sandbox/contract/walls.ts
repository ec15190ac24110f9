import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Bench, finish, gather, insideNames, limits, until } from "./kit.ts";

/** What a sandbox keeps from what runs in it. */
export function wallContract(bench: Bench): void {
  describe("the walls", () => {
    test("there is no network: only loopback, no route, no name", async () => {
      const script = `
        const net=require("net"),dns=require("dns"),os=require("os"),dgram=require("dgram");
        const tcp=(host)=>new Promise(r=>{const s=net.connect({host,port:53,timeout:3000});s.on("connect",()=>r("connected"));s.on("timeout",()=>r("timeout"));s.on("error",e=>r(e.code))});
        const udp=()=>new Promise(r=>{const s=dgram.createSocket("udp4");s.on("error",e=>r(e.code));s.send("x",53,"192.0.2.1",e=>r(e?e.code:"sent"))});
        const name=()=>new Promise(r=>dns.lookup("example.com",e=>r(e?e.code:"resolved")));
        (async()=>{console.log(JSON.stringify({links:Object.keys(os.networkInterfaces()),tcp:await tcp("192.0.2.1"),tcp6:await tcp("2001:db8::1"),udp:await udp(),name:await name()}));process.exit()})()`;
      const ran = await finish(await bench.sandbox().exec({ argv: ["node", "-e", script], cwd: bench.sandbox().workspace }));
      const seen: unknown = JSON.parse(ran.out);
      expect(seen).toMatchObject({
        links: ["lo"],
        tcp: expect.stringMatching(/ENETUNREACH|EPERM|EACCES/),
        tcp6: expect.stringMatching(/ENETUNREACH|EPERM|EACCES|EADDRNOTAVAIL|EAFNOSUPPORT/),
        udp: expect.stringMatching(/ENETUNREACH|EPERM|EACCES/),
        name: expect.stringMatching(/EAI_AGAIN|ENOTFOUND|EPERM/),
      });
    });

    test("loopback works between two processes of the sandbox, and reaches nothing of the host", async () => {
      const { createServer } = await import("node:http");
      const host = createServer((_request, response) => response.end("from the host")).listen(0, "127.0.0.1");
      await once(host, "listening");
      const address = host.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const server = await bench.sandbox().exec({
        argv: [
          "node",
          "-e",
          `require("http").createServer((q,r)=>r.end("from inside")).listen(${port + 1},"127.0.0.1",()=>console.log("up"))`,
        ],
        cwd: bench.sandbox().workspace,
      });
      const text = gather(server.stdout);
      await until(() => text().includes("up"));
      const get = async (at: number) =>
        (
          await finish(
            await bench.sandbox().exec({
              argv: ["node", "-e", `fetch("http://127.0.0.1:${at}/").then(r=>r.text()).then(console.log,e=>console.log(e.cause.code))`],
              cwd: bench.sandbox().workspace,
            }),
          )
        ).out;
      expect(await get(port + 1)).toBe("from inside\n");
      expect(await get(port)).toMatch(/ECONNREFUSED|EPERM/);
      await server.kill("SIGKILL");
      await server.exited;
      host.close();
    });

    test("a folder that looks like a bare repository is none: git does not run what its configuration names", async () => {
      const script = `
        mkdir -p evil/objects evil/refs && echo 'ref: refs/heads/main' > evil/HEAD
        printf '[core]\\n\\trepositoryformatversion = 0\\n\\tbare = false\\n\\tworktree = .\\n\\tfsmonitor = "touch %s/ran"\\n' "$PWD" > evil/config
        git -C evil status > said 2>&1; git -C evil log >> said 2>&1
        ls ran 2>/dev/null; grep -c 'cannot use bare repository' said; rm -rf evil said`;
      expect((await finish(await bench.shell(script))).out).toBe("2\n");
    });

    test("nothing of the host's environment is inside", async () => {
      process.env["GATEHOUSE_CONTRACT_CANARY"] = "canary-value";
      try {
        const other = await bench.make().sandbox;
        const ran = await finish(await bench.shell("env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'", {}, other));
        await other.remove();
        expect(ran.out).not.toContain("canary-value");
        const names = new Set(ran.out.split("\n").flatMap((line) => line.match(/^([A-Za-z_][A-Za-z0-9_]*)=/)?.[1] ?? []));
        for (const name of names) expect(insideNames).toContain(name);
      } finally {
        delete process.env["GATEHOUSE_CONTRACT_CANARY"];
      }
    });

    test("only the workspace, the home and the temporary folder keep what is written", async () => {
      const places = ["/usr/x", "/bin/x", "/lib/x", "/x", "/usr/local/bin/x", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger"];
      for (const place of places) {
        const ran = await finish(await bench.shell(`echo x > ${place}`));
        expect(ran.exit.code, place).not.toBe(0);
      }
      for (const folder of [bench.sandbox().workspace, bench.sandbox().home, "/tmp"]) {
        expect((await finish(await bench.shell(`echo kept > ${folder}/kept && cat ${folder}/kept`))).out).toBe("kept\n");
      }
    });

    test("what is written elsewhere never reaches the host", async () => {
      const { existsSync } = await import("node:fs");
      const name = `gatehouse-contract-${process.pid}`;
      await finish(
        await bench.shell(
          `for folder in /etc /var /root /home /opt /srv /mnt /run /tmp /var/tmp /sys /dev; do : > $folder/${name}; done 2>/dev/null`,
        ),
      );
      for (const folder of ["/etc", "/var", "/root", "/home", "/opt", "/srv", "/mnt", "/run", "/tmp", "/var/tmp", "/dev"]) {
        expect(existsSync(`${folder}/${name}`), folder).toBe(false);
      }
    });

    test("the host's keys, homes, sockets and other processes cannot be seen", async () => {
      const ran = await finish(
        await bench.shell(`for path in /etc/shadow /var/run/docker.sock /run/docker.sock /run/dbus/system_bus_socket /run/user /root/.ssh ${process.cwd()}; do
          if [ -r "$path" ] && [ -n "$(ls -A "$path" 2>/dev/null)" ]; then echo "$path"; fi
        done; ls /proc | grep -cx ${process.pid} ; cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c '[v]itest'`),
      );
      expect(ran.out.split("\n").filter((line) => line.startsWith("/"))).toEqual([]);
      expect(ran.out.trim().split("\n").at(-1)).toBe("0");
    });

    test("a process runs as an ordinary user without capabilities, and cannot gain any", async () => {
      const ran = await finish(
        await bench.shell(
          "id -u; grep -E '^(CapEff|CapPrm|NoNewPrivs|Seccomp):' /proc/self/status; find / -xdev -perm -4000 2>/dev/null | head -3",
        ),
      );
      expect(ran.out.split("\n")[0]).not.toBe("0");
      expect(ran.out).toMatch(/CapPrm:\s+0{16}\nCapEff:\s+0{16}\nNoNewPrivs:\s+1\nSeccomp:\s+2/);
    });

    test("the posture is read back, and says no network", async () => {
      const posture = await bench.sandbox().inspectPosture();
      expect(posture.network).toBe("none");
      expect(posture.badge.driver).toBe(bench.driver().kind);
      expect(posture.facts["capabilities"]).toMatch(/^0+$/);
      expect(posture.facts["no new privileges"]).toBe("yes");
      expect(posture.facts["seccomp"]).toBe("filter");
    });

    test("a fork bomb hits its limit, and the sandbox can be removed", async () => {
      const { id, sandbox: making } = bench.make();
      const bombed = await making;
      const bomb = await bench.shell("bomb() { bomb | bomb & }; bomb; sleep 30", {}, bombed);
      bomb.stdout.resume();
      bomb.stderr.resume();
      await delay(1_500);
      expect((await bombed.stats()).pids).toBeLessThanOrEqual(limits.pids + 8);
      await bomb.kill("SIGKILL");
      await bomb.exited;
      await bombed.remove();
      expect(await bench.subject.leftovers(id)).toEqual([]);
    });

    test("processor time beyond the limit is not to be had, or the card says so", async () => {
      const sandbox = bench.sandbox();
      const { badge } = await sandbox.inspectPosture();
      const busy = "for i in 1 2 3 4; do timeout 3 sh -c 'while :; do :; done' & done; wait; times";
      const begun = performance.now();
      const { out } = await finish(await sandbox.exec({ argv: ["bash", "-c", busy], cwd: sandbox.workspace }));
      const wallSeconds = (performance.now() - begun) / 1_000;
      // The second line is of the children: user and system time.
      const [user = 0, system = 0] = [...(out.trim().split("\n")[1] ?? "").matchAll(/(\d+)m([\d.]+)s/g)].map(
        ([, m, s]) => Number(m) * 60 + Number(s),
      );
      const isTold = badge.weaker.some((words) => words.includes("CPU"));
      const mostSeconds = wallSeconds * (limits.cpuPercent / 100) * 1.3;
      expect(user + system).toBeGreaterThan(0.1);
      expect(isTold || user + system < mostSeconds, `${user + system} s in ${wallSeconds} s`).toBe(true);
    });

    test("memory beyond the limit is not to be had", async () => {
      const { sandbox: making } = bench.make();
      const hungry = await making;
      const script = "const all=[];for(let i=0;i<40;i++){all.push(Buffer.alloc(32*1024*1024,1));}console.log('had it all')";
      const ran = await finish(await hungry.exec({ argv: ["node", "-e", script], cwd: hungry.workspace }));
      expect(ran.out).not.toContain("had it all");
      await hungry.remove();
    });
  });
}
