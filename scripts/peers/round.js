// One round, each product in turn; a line of JSON for each figure. Usage: node round.js jobs|story.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { sink } from "./sink.js";

const { STAFETTE, STAFETTE_TEST_POSTGRES, APALIS, JOBS = "20000", EVENTS = "20000", N8N = "1000", ...env } = process.env;
delete env.STAFETTE_DATABASE_URL;
const say = (figure) => console.log(JSON.stringify(figure));

async function run(program, ...options) {
  const all = { ...process.env, ...env };
  const { stdout } = await promisify(execFile)(program, options, { env: all, maxBuffer: 1 << 26 });
  return stdout;
}

async function stafette(what, name, ...options) {
  const report = JSON.parse(await run(STAFETTE, "bench", what, "--json", "--scratch", ".", ...options));
  const { n, seconds, per_second } = report.figures[name];
  say({ peer: "stafette", mode: name, n, seconds, per_second, durability: report.durability });
}

/** A peer that cannot run is named and left out. */
async function peer(program, ...options) {
  try {
    // The figure is the last line.
    const lines = (await run(program, ...options)).trim().split("\n");
    say(JSON.parse(lines.at(-1)));
  } catch (error) {
    console.error(`${[program, ...options].join(" ")}: ${error.message}\n${error.stderr ?? ""}`);
  }
}

if (process.argv[2] === "jobs") {
  const url = STAFETTE_TEST_POSTGRES;
  await stafette("advance", "engine, 250 a commit", "--rounds", "1", "--n", JOBS, "--database-url", url);
  const fewer = String(Math.ceil(Number(JOBS) / 4));
  await peer("node", "graphile.js", "batched", JOBS);
  await peer("node", "graphile.js", "default", fewer);
  await peer(APALIS, "batched", JOBS);
  await peer(APALIS, "default", fewer);
} else {
  const mails = await sink();
  const smtp = `smtp://127.0.0.1:${mails.port}?connections=32`;
  await stafette("story", "mails, event to relay", "--n", EVENTS, "--smtp", smtp);
  mails.stop();
  await peer("node", "restate.js", EVENTS);
  await peer("node", "n8n.js", N8N);
}
process.exit(0);
