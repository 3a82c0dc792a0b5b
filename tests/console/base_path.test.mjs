// The console below a path of a proxy (console.base_path).
import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { after, before, test } from 'node:test';
import { setUp, settled, shared, withPage } from './harness.mjs';
import { skip, startProgram } from './program.mjs';

setUp();

let program;
let proxy;
let made;

/** Passes on what lies below /x/, without the /x. Nothing else is there. */
function startProxy(port) {
  const server = createServer((asked, answer) => {
    if (!asked.url.startsWith('/x/')) return answer.writeHead(404).end();
    const passed = request({ host: '127.0.0.1', port, method: asked.method, path: asked.url.slice(2), headers: asked.headers }, (got) => {
      answer.writeHead(got.statusCode, got.headers);
      answer.flushHeaders();
      got.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

before(async () => {
  if (skip) return;
  program = await startProgram({ TRADEWIND_CONSOLE_BASE_PATH: '/x/' });
  proxy = await startProxy(program.ports.console.split(':').at(-1));
  made = shared.fake.url;
  shared.fake.url = `http://127.0.0.1:${proxy.address().port}/x/`;
});

after(async () => {
  if (!program) return;
  shared.fake.url = made;
  proxy.closeAllConnections();
  proxy.close();
  await program.end();
});

test('everything_works_below_a_path_of_a_proxy', { skip }, () =>
  withPage('', async (page) => {
    await page.getByRole('button', { name: 'Place a demo order' }).click();
    await page.getByRole('heading', { name: /^Order / }).waitFor();
    assert.match(page.url(), /\/x\/shop\/orders\/[0-9a-f-]+$/);
    await page.reload();
    await page.getByRole('heading', { name: /^Order / }).waitFor();
    await page.locator('nav').getByRole('link', { name: 'Traces' }).first().click();
    assert.match(page.url(), /\/x\/traces$/);
    await page.getByRole('table', { name: 'Traces' }).getByRole('link', { name: 'POST /api/orders', exact: true }).click();
    await page.getByRole('heading', { name: 'POST /api/orders' }).waitFor();
    await page.goBack();
    await settled(page);
    assert.match(page.url(), /\/x\/traces$/);
  }));
