// graphile-worker: jobs that do nothing. Usage: node graphile.js batched|default N. The database is in STAFETTE_TEST_POSTGRES.
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";

const [mode, n] = [process.argv[2], Number(process.argv[3])];
// The same server as Stafette's; this client wants the socket's folder as the host.
const url = new URL(process.env.STAFETTE_TEST_POSTGRES);
const pgPool = new pg.Pool({
  host: url.searchParams.get("host") ?? url.hostname,
  port: Number(url.port || 5432),
  user: url.searchParams.get("user") ?? decodeURIComponent(url.username),
  password: decodeURIComponent(url.password) || undefined,
  database: url.pathname.slice(1),
  max: 26,
});
pgPool.on("error", (error) => console.error(error.message));
const logger = new Logger(() => () => {});
const worker = {
  concurrentJobs: 24,
  ...(mode === "batched" ? { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } : {}),
};

const utils = await makeWorkerUtils({ pgPool, logger });
await utils.migrate();
const begun = performance.now();
for (let at = 0; at < n; at += 1000) {
  const batch = Math.min(1000, n - at);
  await utils.addJobs(Array.from({ length: batch }, (_, i) => ({ identifier: "nothing", payload: { at: at + i } })));
}
const queued = performance.now();
let done = 0;
let finish;
const all = new Promise((resolve) => (finish = resolve));
const nothing = async () => {
  done += 1;
  if (done === n) finish();
};
const runner = await run({ pgPool, logger, noHandleSignals: true, taskList: { nothing }, preset: { worker } });
await all;
// A job counts when it is deleted, not when it ran.
const left = async () => (await pgPool.query("SELECT FROM graphile_worker._private_jobs LIMIT 1")).rowCount;
while (await left()) await new Promise((resolve) => setTimeout(resolve, 2));
const ended = performance.now();
await runner.stop();
await utils.release();
await pgPool.end();
const seconds = (ended - queued) / 1000;
const figure = { n, seconds, per_second: n / seconds, enqueued_per_second: (n / (queued - begun)) * 1000 };
console.log(JSON.stringify({ peer: "graphile-worker", mode, ...figure }));
