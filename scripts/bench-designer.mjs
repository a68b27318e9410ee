// Measures the designer with 1,000 nodes in headless Chromium: opening, and main-thread CPU per frame of a drag.
// Needs a running server with a user, Chromium, and the npm package playwright-core where Node finds it:
//   node scripts/bench-designer.mjs http://127.0.0.1:8080 EMAIL PASSWORD
import { chromium } from 'playwright-core';

const [base, email, password] = process.argv.slice(2);
const NODES = 1000;
const FRAMES = 120;
const NAME = 'bench-designer';

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
await page.goto(`${base}/login`);
await page.fill('input[type=email]', email);
await page.fill('input[type=password]', password);
await page.click('button.primary');
await page.waitForSelector('[data-act="new-program"]');

// A comb: an entry, then forks whose No branch is one wait; cards stand in rows of twenty in free mode.
const nodes = { entry: { kind: 'entry', event: 'bench.happened', again: 'always', next: 'n1' } };
const places = { entry: [0, 0] };
for (let n = 1; n < NODES; n++) {
  const next = n + 1 < NODES ? `n${n + 1}` : undefined;
  nodes[`n${n}`] = n % 3 ? { kind: 'wait', duration: '1d', ...(next && { next }) }
    : { kind: 'condition', when: 'event.total > 1', ...(next && { next: { yes: next } }) };
  places[`n${n}`] = [(n % 20) * 288, Math.floor(n / 20) * 128];
}
const path = `/api/v1/programs/${NAME}/draft`;
const program = { stafette: 1, name: NAME, title: 'A thousand nodes', nodes, places };
const saved = await page.evaluate(async ([path, program]) => {
  const known = await fetch(path).then(answer => (answer.ok ? answer.json() : null));
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ program, revision: known?.revision ?? 0 });
  return (await fetch(path, { method: 'PUT', headers, body })).status;
}, [path, program]);
if (saved !== 200) throw new Error(`the draft was not saved: ${saved}`);

const begun = Date.now();
await page.goto(`${base}/programs/${NAME}`);
await page.waitForSelector('[data-node]');
const opened = Date.now() - begun;
// Actual size, as one who edits sees it.
await page.focus('[data-node]');
await page.keyboard.press('0');
await page.keyboard.press('Home');
await page.waitForTimeout(500);

const cdp = await page.context().newCDPSession(page);
await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
const busy = async () => {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return metrics.find(metric => metric.name === 'TaskDuration').value * 1000;
};
const card = await page.locator('[data-node="n1"]').boundingBox();
const [x, y] = [card.x + card.width / 2, card.y + card.height / 2];
await page.mouse.move(x, y);
await page.mouse.down();
await page.mouse.move(x + 10, y + 10);
const before = await busy();
await page.evaluate(([x, y, frames]) => new Promise(done => {
  const canvas = document.querySelector('.canvas');
  let frame = 0;
  const step = () => {
    const at = { clientX: x + 10 + (frame % 60), clientY: y + 10 + (frame % 40), pointerId: 1, bubbles: true };
    canvas.dispatchEvent(new PointerEvent('pointermove', at));
    if (++frame < frames) requestAnimationFrame(step); else done();
  };
  requestAnimationFrame(step);
}), [x, y, FRAMES]);
const after = await busy();
await page.mouse.up();
console.log(JSON.stringify({
  nodes: NODES,
  opened_ms: opened,
  cards_drawn: await page.locator('[data-node]').count(),
  cpu_ms_per_frame: Math.round(((after - before) / FRAMES) * 100) / 100,
}, null, 2));
await browser.close();
