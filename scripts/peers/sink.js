// Postfix's smtp-sink, which takes every mail and counts: the same end of the story for everybody.
import { spawn } from "node:child_process";
import { createServer } from "node:net";

/** A port that is free now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts one; `count()` says how many mails it has taken, `until(n)` waits for so many. */
export async function sink() {
  const port = await freePort();
  const user = process.getuid() === 0 ? ["-u", "nobody"] : [];
  const child = spawn("smtp-sink", [...user, "-c", `127.0.0.1:${port}`, "256"], { stdio: ["ignore", "pipe", "inherit"] });
  let mails = 0;
  let told = () => {};
  child.stdout.on("data", (text) => {
    // It writes "sess=S quit=Q mesg=M" over and over; the last one counts.
    const counts = [...String(text).matchAll(/mesg\s*=?\s*(\d+)/g)];
    if (counts.length > 0) mails = Number(counts.at(-1)[1]);
    told();
  });
  return {
    port,
    count: () => mails,
    until: (n, patience) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`${mails} of ${n} mails after ${patience} ms`)), patience);
        told = () => {
          if (mails < n) return;
          clearTimeout(late);
          told = () => {};
          resolve();
        };
        told();
      }),
    stop: () => child.kill(),
  };
}
