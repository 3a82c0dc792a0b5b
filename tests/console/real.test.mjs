// The page in front of the real program: an order from its first click to its money. With TW_PICTURES=1 it also takes the pictures of
// docs/guide.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertAccessible, assertNoSideScroll, setUp, settled, shared, withPage } from './harness.mjs';
import { root, skip, startProgram } from './program.mjs';

setUp();

let program;
let made;

async function picture(page, name) {
  if (process.env.TW_PICTURES) await page.screenshot({ path: join(root, `docs/guide/console-${name}.png`) });
}

before(async () => {
  if (skip) return;
  program = await startProgram();
  assert.ok(program.ports.console, 'the program has a console');
  made = shared.fake.url;
  shared.fake.url = `http://${program.ports.console}/`;
});

after(async () => {
  if (!program) return;
  await program.end();
  shared.fake.url = made;
});

test('a_first_visitor_sees_all_services_and_an_order_to_place', { skip }, () =>
  withPage('', async (page) => {
    await page.getByRole('button', { name: 'Place a demo order' }).waitFor();
    const known = page.locator('.services-up');
    for (const name of ['api-gateway', 'user-service', 'catalog-service', 'order-service', 'payment-service']) await known.getByText(name).waitFor();
    assert.equal(await known.locator('.service').count(), 5);
    await assertAccessible(page);
  }));

test('a_first_visitor_orders_pays_and_sees_who_waited_for_what', { skip }, () =>
  withPage('', async (page) => {
    await page.getByRole('heading', { name: 'No request yet' }).waitFor();
    await page.getByRole('button', { name: 'Place a demo order' }).click();
    await page.getByRole('heading', { name: /^Order / }).waitFor();
    const order = page.url();
    await page.getByLabel('Token').selectOption('tok_timeout_then_ok');
    await page.getByRole('button', { name: 'Pay', exact: true }).last().click();
    await page.locator('.trace-title').getByText('paid', { exact: true }).waitFor({ timeout: 60_000 });
    await page.locator('.timeline').getByText('confirmed').first().waitFor();
    await settled(page);
    await picture(page, 'order');
    await assertAccessible(page);
    await page.locator('.timeline li').filter({ hasText: 'payment started' }).getByRole('link', { name: 'trace' }).click();
    await page.getByRole('heading', { name: 'POST /api/orders/{id}/pay' }).waitFor();
    await page.getByRole('row').filter({ hasText: 'payment-service' }).first().waitFor();
    await picture(page, 'trace');
    await page.getByRole('tab', { name: /Logs/ }).click();
    await page.getByText('payment.provider_timeout').waitFor();
    await assertAccessible(page);
    await page.goto(order);
    await page.getByRole('button', { name: 'Fulfil', exact: true }).last().click();
    await page.getByText('200 OK').waitFor();
    await page.goto(shared.fake.url);
    await page.getByRole('heading', { name: 'Who calls whom' }).waitFor();
    await settled(page);
    await picture(page, 'overview');
  }));

test('an_order_that_another_client_cancels_is_shown_by_itself', { skip }, async () => {
  const shop = async (path, body) => {
    const answer = await fetch(`http://${program.ports.http}/api/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    assert.equal(answer.status, 200);
    return answer.json();
  };
  const user = await shop('users', { email: 'elsewhere@example.com', name: 'Elsewhere' });
  const order = await shop('orders', { user_id: user.id, product_id: 'prod-123', quantity: 1 });
  await withPage('', async (page) => {
    // A pending order is not asked for again, so what changes is told by the stream.
    const streams = page.waitForResponse((r) => r.url().endsWith(`/shop/api/orders/${order.id}/events`));
    await page.goto(`${shared.fake.url}shop/orders/${order.id}`);
    assert.equal((await streams).headers()['content-type'], 'text/event-stream');
    await page.waitForTimeout(3_000);
    await shop(`orders/${order.id}/cancel`, {});
    await page.locator('.trace-title').getByText('canceled').waitFor();
    await page.locator('.timeline').getByText('canceled').first().waitFor();
  });
});

/** Sends 500 log records a second, of which a few have the word. Returns how many of those were sent. */
async function flood(word, seconds) {
  let sent = 0;
  for (let round = 0, start = Date.now(); round < seconds * 10; round += 1) {
    const logRecords = Array.from({ length: 50 }, (_, i) => {
      const has = i % 25 === 0 && round % Math.ceil(seconds / 20) === 0;
      if (has) sent += 1;
      return { timeUnixNano: String(BigInt(Date.now()) * 1_000_000n + BigInt(i)), severityNumber: 9, body: { stringValue: has ? `${word} ${sent}` : `record ${round} ${i}` } };
    });
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'flood' } }] };
    const answer = await fetch(`http://${program.ports.otlp_http}/v1/logs`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] }),
    });
    assert.equal(answer.status, 200);
    await new Promise((done) => setTimeout(done, Math.max(0, start + (round + 1) * 100 - Date.now())));
  }
  return sent;
}

/** TW_LIVE_SECONDS makes it longer. */
const LIVE_SECONDS = Number(process.env.TW_LIVE_SECONDS ?? 12);

test('a_filter_on_live_shows_what_the_search_finds_whatever_happens_to_the_page_meanwhile', { skip }, async () => {
  const flooding = flood('needle', LIVE_SECONDS);
  await new Promise((done) => setTimeout(done, 1_000));
  await withPage('logs?q=service:flood%20needle', async (page) => {
    const list = page.getByRole('list', { name: 'Log records' });
    await list.waitFor();
    for (let round = 0; round < 3; round += 1) {
      await page.waitForTimeout(1_000);
      await page.keyboard.press('p');
      await page.getByRole('button', { name: 'Paused' }).waitFor();
      await page.waitForTimeout(500);
      await page.keyboard.press('p');
    }
    const sent = await flooding;
    await list.getByText(`needle ${sent}`, { exact: true }).waitFor();
    await page.waitForTimeout(500);
    const shown = await list.locator('.log-text').allTextContents();
    assert.equal(new Set(shown).size, shown.length, 'no record is doubled');
    const found = await (await fetch(`${shared.fake.url}q/logs?q=service:flood%20needle&page_size=500`)).json();
    assert.deepEqual(shown.toSorted(), found.records.map((r) => r.body).toSorted());
    assert.equal(shown.length, sent);
    // The page keeps what it shows and no more: there are 500 records in a second.
    assert.ok((await page.evaluate(() => document.querySelectorAll('*').length)) < 20 * sent + 2_000);
  });
});

test('what_the_page_reads_leaves_no_trace_and_a_request_leaves_one', { skip }, () =>
  withPage('shop/orders', async (page) => {
    await settled(page);
    await page.goto(`${shared.fake.url}requests?sel=UserService_CreateUser`);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('link', { name: 'Its trace' }).click();
    await page.getByRole('heading', { name: 'POST /api/users' }).waitFor();
    await page.goto(`${shared.fake.url}traces`);
    const table = page.getByRole('table', { name: 'Traces' });
    await table.getByRole('link', { name: 'POST /api/users' }).first().waitFor();
    assert.equal(await table.getByRole('link', { name: 'GET /api/orders', exact: true }).count(), 0);
  }));

test('a_trace_is_pinned_and_let_go', { skip }, () =>
  withPage('traces', async (page) => {
    await page.getByRole('table', { name: 'Traces' }).getByRole('link', { name: 'POST /api/users' }).first().click();
    await page.getByRole('button', { name: 'Pin', exact: true }).click();
    await page.getByRole('button', { name: 'Pinned', pressed: true }).waitFor();
    await page.getByRole('contentinfo').getByRole('link', { name: '1 pinned' }).click();
    await page.getByRole('table', { name: 'Pinned traces' }).getByRole('link', { name: 'POST /api/users' }).click();
    await page.getByRole('button', { name: 'Pinned', pressed: true }).click();
    await page.getByRole('button', { name: 'Pin', exact: true, pressed: false }).waitFor();
  }));

for (const theme of ['light', 'dark']) {
  test(`an_order_is_placed_by_the_page_that_documents_the_api_when_${theme}`, { skip }, async () => {
    const console_ = shared.fake.url;
    shared.fake.url = `http://${program.ports.http}/`;
    try {
      await withPage('docs', async (page) => {
        const run = async (path, body) => {
          const operation = page.locator('.opblock-post').filter({ has: page.locator(`[data-path="${path}"]`) });
          await operation.locator('.opblock-summary-control').click();
          const box = operation.getByLabel('Request body');
          const example = JSON.parse(await box.inputValue());
          await box.fill(JSON.stringify({ ...example, ...body }));
          await operation.getByRole('button', { name: 'Execute' }).click();
          await operation.locator('.live-responses-table .response-col_status').getByText('200').waitFor();
          return JSON.parse(await operation.locator('.live-responses-table .microlight').first().textContent());
        };
        await page.getByRole('button', { name: 'Authorize' }).waitFor();
        await assertAccessible(page);
        const user = await run('/api/users', { email: `docs-${theme}@example.com` });
        const order = await run('/api/orders', { user_id: user.id });
        assert.equal(order.status, 'pending');
        await assertAccessible(page);
        await page.setViewportSize({ width: 390, height: 800 });
        await assertNoSideScroll(page);
      }, { theme });
    } finally {
      shared.fake.url = console_;
    }
  });
}

for (const path of ['', 'traces', 'logs', 'shop/orders', 'requests', 'services']) {
  test(`the_page_${path || 'overview'}_is_accessible_with_real_data`.replace('/', '_'), { skip }, () =>
    withPage(path, async (page) => {
      await settled(page);
      await assertAccessible(page);
    }));
}
