// Figures, a line of JSON each, become one document: the figures, the medians, and Stafette's ratio to each peer.
import { readFileSync } from "node:fs";

/** The one in the middle. */
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
/** Whom each peer is compared with. */
const against = {
  "graphile-worker, batched": "stafette, engine, 250 a commit",
  "graphile-worker, default": "stafette, engine, 250 a commit",
  "apalis-postgres, batched": "stafette, engine, 250 a commit",
  "apalis-postgres, default": "stafette, engine, 250 a commit",
  "restate, default": "stafette, mails, event to relay",
  "n8n, default": "stafette, mails, event to relay",
};

const figures = readFileSync(0, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
const rates = {};
for (const { peer, mode, per_second } of figures) (rates[`${peer}, ${mode}`] ??= []).push(per_second);
const medians = Object.fromEntries(Object.entries(rates).map(([name, all]) => [name, Math.round(median(all))]));
const ratios = {};
for (const [peer, ours] of Object.entries(against)) {
  if (!rates[peer] || !rates[ours]) continue;
  // Of one round, where both are there for it: the machine wavers less within a round than over all of them.
  const pairs = rates[peer].flatMap((rate, at) => (rates[ours][at] ? [rates[ours][at] / rate] : []));
  ratios[`${ours} : ${peer}`] = Number(median(pairs).toFixed(2));
}
console.log(JSON.stringify({ figures, medians, ratios }, null, 2));
