// What the tests share: the fake server, one browser a file, and what every page must keep.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before } from 'node:test';
import { KNOWN, startFake } from '../../web/dev/fake.mjs';
import { chromiumPath } from './chromium.mjs';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const axe = require('axe-core');

export { KNOWN };
export const shared = { fake: undefined, browser: undefined };

/** Starts the fake server and the browser before the tests of a file, and ends them after. */
export function setUp() {
  before(async () => {
    shared.fake = await startFake();
    shared.browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox', '--disable-gpu'] });
  });
  after(async () => {
    await shared.browser?.close();
    await shared.fake?.close();
  });
}

/** Opens a page in a new browser context, runs the test, and checks what every page must keep. */
export async function withPage(path, test, { mode = 'filled', theme = 'light', width = 1280, height = 860, allowed = [] } = {}) {
  shared.fake.mode = mode;
  const context = await shared.browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: 'reduce' });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(`error in the page: ${error.stack ?? error}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(shared.fake.url) && !url.startsWith('data:')) faults.push(`request to another place: ${url}`);
  });
  await page.addInitScript(() => {
    window.reports = [];
    document.addEventListener('securitypolicyviolation', (e) => window.reports.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
  });
  try {
    await page.goto(shared.fake.url + path);
    await page.locator('main').waitFor();
    await test(page);
    faults.push(...(await page.evaluate(() => window.reports)).map((r) => `report of the content security policy: ${r}`));
    assert.deepEqual(faults.filter((f) => !allowed.some((a) => f.includes(a))), []);
  } finally {
    await context.close();
    shared.fake.mode = 'filled';
  }
}

/** The page is loaded: nothing in it says that something is still on its way. */
export async function settled(page) {
  await page.waitForFunction(() => !document.querySelector('.loading, [aria-busy=true]') && document.querySelector('main')?.textContent);
}

/** `colours`: contrast alone, after the colours have changed. */
export async function assertAccessible(page, { colours = false } = {}) {
  if (!colours) await page.evaluate(axe.source);
  const rules = colours ? ['color-contrast', 'link-in-text-block'] : ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
  const found = await page.evaluate((runOnly) => window.axe.run(document, { runOnly }), rules);
  const said = found.violations.flatMap((v) => v.nodes.slice(0, 4).map((n) => `${v.id}: ${n.target.join(' ')}: ${n.failureSummary.replace(/\s+/g, ' ')}`));
  assert.deepEqual(said, []);
}

export async function assertNoSideScroll(page) {
  const over = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    return document.documentElement.scrollWidth > width ? [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > width + 1).slice(0, 5).map((e) => e.outerHTML.slice(0, 120)) : [];
  });
  assert.deepEqual(over, []);
}

/** Waits for something outside of the page. */
export async function until(holds, what) {
  const end = Date.now() + 10_000;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `waited in vain: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

export const lastOrder = () => [...shared.fake.shop.orders.values()].at(-1);
