// Events by HTTP, as all peers are told them.
import { Agent, request } from "node:http";

const CLIENTS = 32;
const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });

/** Posts JSON to a port of this machine. */
export function post(port, path, body) {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    const call = request({ host: "127.0.0.1", port, path, method: "POST", headers, agent }, (reply) => {
      let answer = "";
      reply.on("data", (part) => (answer += part));
      reply.on("end", () => (reply.statusCode < 300 ? resolve(answer) : reject(new Error(`${reply.statusCode} ${answer}`))));
    });
    call.on("error", reject).end(text);
  });
}

/** Until it works. */
export async function patiently(attempt, times = 240) {
  for (let left = times; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** The events that `stafette bench story` sends, too. */
export const event = (at) => ({
  contact: { email: `contact${at % 1000}@example.test` },
  data: { order_id: `A-${at}`, total: 49.5, lines: [{ name: "Kettle", price: 42.5 }, { name: "Cup", price: 7 }] },
});

/** Tells `n` events, measures until the sink has taken a mail for each, and prints the figure. */
export async function measure(peer, n, mails, tell) {
  const all = async (first, count) => {
    let next = first;
    const client = async () => {
      while (next < first + count) await tell(event(next++));
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
  };
  // The first ones warm up code and connections.
  const warm = Math.min(50, n);
  await all(0, warm);
  await mails.until(warm, 120_000);
  const begun = performance.now();
  await all(warm, n);
  const accepted = performance.now();
  await mails.until(warm + n, 1_200_000);
  const seconds = (performance.now() - begun) / 1000;
  const accepted_per_second = (n / (accepted - begun)) * 1000;
  console.log(JSON.stringify({ peer, mode: "default", n, seconds, per_second: n / seconds, accepted_per_second }));
}
