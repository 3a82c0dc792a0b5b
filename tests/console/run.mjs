// Runs the browser tests of the console's page: node tests/console/run.mjs [--reports FOLDER] [TEST FILE...]
// They need Node 20, Chromium, and the packages of web/package-lock.json. What is missing is said as not run.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromiumPath } from './chromium.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const web = join(here, '../../web');
const words = process.argv.slice(2);
const at = words.indexOf('--reports');
const reports = at >= 0 ? words.splice(at, 2)[1] : '';

function missing() {
  if (Number(process.versions.node.split('.')[0]) < 20) return `the page's tests need Node 20 or later; this is ${process.version}`;
  if (!chromiumPath()) return 'the page\'s tests need Chromium: apt-get install chromium, or set CHROMIUM to its path';
  if (existsSync(join(web, 'node_modules/playwright-core'))) return '';
  console.log('installing the packages of web/package-lock.json');
  const npm = spawnSync('npm', ['ci', '--ignore-scripts'], { cwd: web, stdio: ['ignore', 'inherit', 'inherit'] });
  return npm.status === 0 ? '' : 'the page\'s tests need the packages of web/package-lock.json, which npm could not install';
}

const reason = missing();
if (reports) mkdirSync(reports, { recursive: true });
if (reason) {
  console.log(`not run: ${reason}`);
  if (reports) {
    const text = reason.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
    writeFileSync(join(reports, 'pytest.xml'), `<testsuites><testcase name="console"><skipped message="${text}"/></testcase></testsuites>\n`);
  }
  process.exit(0);
}
const files = words.length ? words : readdirSync(here).filter((f) => f.endsWith('.test.mjs')).map((f) => join(here, f));
const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
if (reports) reporters.push('--test-reporter=junit', `--test-reporter-destination=${join(reports, 'pytest.xml')}`);
const run = spawnSync(process.execPath, ['--test', '--test-concurrency=2', '--test-timeout=300000', ...reporters, ...files], { stdio: 'inherit' });
process.exit(run.status ?? 1);
