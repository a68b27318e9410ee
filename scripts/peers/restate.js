// Restate: event, condition, wait of a second, mail. Usage: node restate.js N. The server is a process of its own with
// its defaults, on disk; the service and the client are this one. Every step is journaled, the mail as one of its own.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as restate from "@restatedev/restate-sdk";
import { createTransport } from "nodemailer";
import { measure, patiently, post } from "./post.js";
import { freePort, sink } from "./sink.js";

const folder = mkdtempSync(join(process.cwd(), "restate-"));
const [ingress, admin, node, service] = [await freePort(), await freePort(), await freePort(), await freePort()];
const mails = await sink();
const pool = { pool: true, maxConnections: 32, maxMessages: Infinity, ignoreTLS: true };
const transport = createTransport({ host: "127.0.0.1", port: mails.port, ...pool });

const story = restate.service({
  name: "story",
  handlers: {
    ordered: async (ctx, event) => {
      if (!(event.data.total > 10)) return;
      await ctx.sleep(1000);
      await ctx.run("mail", async () => {
        const lines = event.data.lines.map((line) => `${line.name} ${line.price}\n`).join("");
        const text = `Hello ${event.contact.email}\n${lines}`;
        const subject = `Order ${event.data.order_id}`;
        await transport.sendMail({ from: "bench@example.test", to: event.contact.email, subject, text, html: `<p>${text}</p>` });
      });
    },
  },
});
// It says on the standard output that it listens; that is for the figure.
console.info = console.warn = console.error;
await restate.serve({ services: [story], port: service });

const config = join(folder, "restate.toml");
writeFileSync(
  config,
  `node-name = "bench"
cluster-name = "bench"
base-dir = ${JSON.stringify(folder)}
bind-address = "127.0.0.1:${node}"
advertised-address = "http://127.0.0.1:${node}/"
log-filter = "off"
disable-telemetry = true
[admin]
bind-address = "127.0.0.1:${admin}"
[ingress]
bind-address = "127.0.0.1:${ingress}"
`,
);
const options = ["--config-file", config, "--auto-provision", "true"];
// A group of its own: the command is a wrapper, and what it starts has to end with it.
const server = spawn("restate-server", options, { stdio: "ignore", detached: true });
const stopped = new Promise((resolve) => server.once("exit", resolve));
try {
  await patiently(() => post(admin, "/deployments", { uri: `http://127.0.0.1:${service}` }));
  await measure("restate", Number(process.argv[2]), mails, (event) => post(ingress, "/story/ordered/send", event));
} finally {
  process.kill(-server.pid, "SIGKILL");
  mails.stop();
  await stopped;
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
