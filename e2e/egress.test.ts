import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { expectAccessible } from "./accessibility.ts";
import { journey } from "./journey.ts";
import { steps } from "./person.ts";

journey("The way out of a sandbox", (machine) => {
  test("is asked about at first contact, shown while it is open, and cut off with one click", async () => {
    const outside = await endlessServer();
    const here = machine();
    const person = await here.start();
    const { page } = person;
    await person.setUp();
    const read = { run: "node", args: ["-e", readThrough(`http://127.0.0.1:${outside.port}/news`)] };
    await person.newTask("Reads the news", steps(read, read, { say: "Went on." }));
    await person.answer("a");

    await person.isAsked();
    await page.getByRole("article", { name: "Request" }).getByText(`127.0.0.1:${outside.port}`).first().waitFor();
    expect(outside.answers).toHaveLength(0);
    await expectAccessible(page, "Approvals, a connection");
    await person.answer("a");
    await expect.poll(() => outside.answers.length, { timeout: 30_000 }).toBe(1);

    await person.goTo("Board");
    await person.openTask("Reads the news");
    await page.getByRole("tab", { name: /^Egress/ }).click();
    const connections = page.getByRole("listbox", { name: /^Connections/ });
    await connections.getByRole("option", { name: new RegExp(`Open.*GET 127\\.0\\.0\\.1:${outside.port}/news`) }).waitFor();
    await page.getByRole("button", { name: "Cut this run off" }).click();
    await connections.getByRole("option", { name: new RegExp(`Cut off.*GET 127\\.0\\.0\\.1:${outside.port}/news`) }).waitFor();
    await page.getByRole("button", { name: "Cut this run off" }).waitFor({ state: "detached" });
    await expect.poll(() => outside.answers[0]?.destroyed, { timeout: 10_000 }).toBe(true);

    // The run goes on, without a way out: nobody is asked about it again.
    await person.answer("a");
    await person.goTo("Board");
    await person.openTask("Reads the news");
    await page.getByText("Went on.", { exact: true }).first().waitFor({ timeout: 60_000 });
    expect(outside.answers).toHaveLength(1);
  });
});

/** A program that reads from `address` through the sandbox's way out, says how that ended, and ends well. */
function readThrough(address: string): string {
  return `const http=require("http"),proxy=new URL(process.env.HTTP_PROXY),to=new URL("${address}");
http.get({host:proxy.hostname,port:proxy.port,path:to.href,headers:{host:to.host,...(proxy.username?{"proxy-authorization":"Basic "+Buffer.from(proxy.username+":"+proxy.password).toString("base64")}:{})}},
answer=>{console.log("status",answer.statusCode);answer.on("error",()=>{}).on("close",()=>console.log("ended")).resume()}).on("error",error=>console.log("failed",error.code))`;
}

/** Answers with a stream of events that never ends. */
async function endlessServer() {
  const answers: ServerResponse[] = [];
  const server = createServer((_request, answer) => {
    answers.push(answer);
    answer.writeHead(200, { "content-type": "text/event-stream" });
    answer.write("data: first\n\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server listens at no port.");
  return { port: address.port, answers };
}
