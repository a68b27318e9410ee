#!/usr/bin/env node
// Two builds beside each other: `stafette bench` of both in turns, so that whatever else the machine does meets both.
// Both are built by `cargo build --release -p server`.
//   node scripts/compare.mjs OLD NEW dispatch [--rounds 4] [options of `stafette bench`]
// Prints the medians of each figure, and the new one's as a part of the old one's, by the clock and by the second of CPU.
import { execFileSync } from "node:child_process";

const [old, now, what, ...more] = process.argv.slice(2);
if (!what) {
  console.error("usage: compare.mjs OLD NEW WHAT [--rounds N] [options of `stafette bench`]");
  process.exit(2);
}
const at = more.indexOf("--rounds");
const rounds = at < 0 ? 4 : Number(more.splice(at, 2)[1]);
const figures = new Map();
for (let round = 0; round < rounds; round += 1) {
  for (const [side, program] of [old, now].entries()) {
    const args = ["bench", what, "--rounds", "1", "--json", ...more];
    const text = execFileSync(program, args, { encoding: "utf8", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "inherit"] });
    for (const [name, { per_second: wall, per_cpu_second: cpu }] of Object.entries(JSON.parse(text).figures)) {
      if (wall === undefined) continue;
      if (!figures.has(name)) figures.set(name, [[], []]);
      figures.get(name)[side].push({ wall, cpu });
    }
  }
}

const median = (list, of) => list.map((each) => each[of]).sort((a, b) => a - b)[list.length >> 1];
const part = (sides, of) => (median(sides[1], of) / median(sides[0], of)).toFixed(2);
for (const [name, sides] of figures) {
  if (sides.some((side) => side.length === 0)) continue;
  const rates = sides.map((side) => `${Math.round(median(side, "wall"))}/s`).join(" then ");
  console.log(`${name}: ${rates}, ${part(sides, "wall")} by the clock, ${part(sides, "cpu")} by CPU`);
}
