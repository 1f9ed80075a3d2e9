// Opens the guide's browser client in Chromium against the gateway on localhost:5900, prints what its page
// shows as one line of JSON, and exits 0 when that came from live Snapshots and nothing went wrong on the page.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
const TIMEOUT_MS = 60_000;
// The first one is sent on connect, the second answers the subscription, the third is periodic.
const SNAPSHOTS_MIN = 3;

const page = await readFile(new URL('guide_browser.html', import.meta.url));
const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(page);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const browser = await chromium.launch({
  executablePath: EXECUTABLE,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});

let result;
try {
  result = await watch(await browser.newPage(), `http://127.0.0.1:${server.address().port}/`);
} finally {
  await browser.close();
  server.close();
}
console.log(JSON.stringify(result));
process.exitCode = result.shown && result.errors.length === 0 ? 0 : 1;

async function watch(tab, url) {
  const errors = [];
  let snapshots = 0;
  tab.on('pageerror', (error) => errors.push(String(error)));
  tab.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
    if (message.text().startsWith('Metrics:')) snapshots++;
  });

  await tab.goto(url);
  const values = () => tab.evaluate(() => ['total-requests', 'success-rate', 'avg-response-time']
    .map((id) => document.getElementById(id).textContent));
  const isLive = ([total, rate, average]) => snapshots >= SNAPSHOTS_MIN
    && /^\d+$/.test(total) && /^\d+\.\d\d%$/.test(rate) && /^\d+\.\d\dms$/.test(average);

  const end = performance.now() + TIMEOUT_MS;
  let shown = await values();
  while (!isLive(shown) && errors.length === 0 && performance.now() < end) {
    await tab.waitForTimeout(50);
    shown = await values();
  }
  const [total, rate, average] = shown;
  return { shown: isLive(shown), snapshots, total_requests: total, success_rate: rate, avg_response_time: average, errors };
}
