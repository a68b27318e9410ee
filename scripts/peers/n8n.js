// n8n: event, condition, wait of a second, mail. Usage: node n8n.js N, with the program n8n on PATH. One process with
// its defaults (SQLite), as its own guide starts it.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { measure, patiently, post } from "./post.js";
import { freePort, sink } from "./sink.js";

const folder = mkdtempSync(join(process.cwd(), "n8n-"));
const [port, broker] = [await freePort(), await freePort()];
const mails = await sink();
const env = {
  ...process.env,
  N8N_USER_FOLDER: folder,
  N8N_PORT: String(port),
  N8N_LISTEN_ADDRESS: "127.0.0.1",
  N8N_RUNNERS_BROKER_PORT: String(broker),
  N8N_ENCRYPTION_KEY: "bench",
  N8N_DIAGNOSTICS_ENABLED: "false",
  N8N_VERSION_NOTIFICATIONS_ENABLED: "false",
  N8N_TEMPLATES_ENABLED: "false",
  N8N_PERSONALIZATION_ENABLED: "false",
};
const node = (name, type, typeVersion, at, parameters, more) => ({
  id: name, name, type: `n8n-nodes-base.${type}`, typeVersion, position: [at * 200, 0], parameters, ...more,
});
const condition = {
  id: "c", leftValue: "={{ $json.body.data.total }}", rightValue: 10, operator: { type: "number", operation: "gt" },
};
const options = { caseSensitive: true, leftValue: "", typeValidation: "strict", version: 2 };
const body = "$('event').item.json.body";
const text = `=Hello {{ ${body}.contact.email }}\n{{ ${body}.data.lines.map((line) => line.name + ' ' + line.price).join('\\n') }}`;
const next = (name) => ({ main: [[{ node: name, type: "main", index: 0 }]] });
const workflow = {
  id: "story", name: "story", active: false, settings: { executionOrder: "v1" },
  nodes: [
    node("event", "webhook", 2, 0, { httpMethod: "POST", path: "story", options: {} }, { webhookId: "story" }),
    node("loyal", "if", 2.2, 1, { conditions: { options, conditions: [condition], combinator: "and" }, options: {} }),
    node("pause", "wait", 1.1, 2, { amount: 1, unit: "seconds" }, { webhookId: "pause" }),
    node(
      "mail", "emailSend", 2.1, 3,
      {
        fromEmail: "bench@example.test", toEmail: `={{ ${body}.contact.email }}`,
        subject: `=Order {{ ${body}.data.order_id }}`, emailFormat: "text", text, options: { appendAttribution: false },
      },
      { credentials: { smtp: { id: "sink", name: "sink" } } },
    ),
  ],
  connections: { event: next("loyal"), loyal: next("pause"), pause: next("mail") },
};
const smtp = { user: "", password: "", host: "127.0.0.1", port: mails.port, secure: false, disableStartTls: true };
const put = (name, content) => {
  writeFileSync(join(folder, name), JSON.stringify(content));
  return `--input=${join(folder, name)}`;
};
const n8n = (...command) => execFileSync("n8n", command, { env, stdio: ["ignore", "ignore", "inherit"] });
n8n("import:credentials", put("credentials.json", [{ id: "sink", name: "sink", type: "smtp", data: smtp }]));
n8n("import:workflow", put("workflow.json", [workflow]));
n8n("update:workflow", "--id=story", "--active=true");
// A group of its own: the command is a wrapper, and what it starts has to end with it.
const server = spawn("n8n", ["start"], { env, stdio: "ignore", detached: true });
const stopped = new Promise((resolve) => server.once("exit", resolve));
try {
  // Until its webhook is there; the condition lets no mail out for this one.
  await patiently(() => post(port, "/webhook/story", { contact: { email: "first@example.test" }, data: { total: 1 } }));
  await measure("n8n", Number(process.argv[2]), mails, (event) => post(port, "/webhook/story", event));
} finally {
  process.kill(-server.pid, "SIGKILL");
  mails.stop();
  await stopped;
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
