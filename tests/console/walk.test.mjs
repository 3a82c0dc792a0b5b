// Ways through several pages, as people go them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { assertAccessible, lastOrder, setUp, settled, shared, withPage } from './harness.mjs';

setUp();

test('a_demo_order_leads_to_its_trace_its_slowest_statement_and_back_by_keys', () =>
  withPage('', async (page) => {
    await settled(page);
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    const place = page.getByRole('button', { name: 'Place a demo order' });
    await place.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Order / }).waitFor();
    const order = page.url();
    const trace = page.locator('.timeline').getByRole('link', { name: 'trace' });
    await trace.focus();
    await page.keyboard.press('Enter');
    const slowest = page.getByRole('row').filter({ hasText: 'INSERT reservations' });
    await slowest.waitFor();
    await page.locator('.wf-row').first().focus();
    for (let i = 0; i < 9; i += 1) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByText('db.query.text').waitFor();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const link = page.getByRole('complementary').getByRole('row').filter({ hasText: 'shop.order.id' }).getByRole('link').first();
    await link.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Order / }).waitFor();
    assert.equal(page.url(), order);
  }));

test('paying_shows_the_exact_request_and_a_decline', () =>
  withPage(`shop/orders/${lastOrder().id}`, async (page) => {
    await page.getByRole('combobox', { name: 'Token' }).selectOption('tok_declined');
    const shown = await page.getByLabel('The request').textContent();
    await page.getByRole('button', { name: 'Pay', exact: true }).last().click();
    await page.getByRole('alert').filter({ hasText: 'PAYMENT_DECLINED' }).waitFor();
    const sent = shared.fake.requests.findLast((r) => r.method === 'POST');
    assert.equal(sent.url, `/shop/api/orders/${lastOrder().id}/pay`);
    assert.equal(sent.body, '{"payment_token":"tok_declined"}');
    assert.equal(sent.headers['x-tradewind-console'], '1');
    assert.match(sent.headers.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    assert.ok(shown.includes(sent.headers['idempotency-key']));
    await page.locator('.timeline').getByText('payment failed').waitFor();
  }));

/** An order that changes is shown at once, so what follows happens when the page is not told. */
async function untold(test) {
  shared.fake.noStreams = true;
  await test().finally(() => (shared.fake.noStreams = false));
}

/** Changes the order right before the page's request arrives. A page that is not told asks every two seconds. */
const changeBefore = (page, action, change) => page.route(new RegExp(`/${action}$`), (route) => (change(), route.continue()), { times: 1 });

test('a_change_meanwhile_is_told_and_the_order_is_shown_as_it_is', () =>
  untold(() => withPage(`shop/orders/${lastOrder().id}`, async (page) => {
    await changeBefore(page, 'cancel', () => (lastOrder().version += 1));
    await page.getByRole('button', { name: 'Cancel the order' }).click();
    await page.getByRole('button', { name: 'Cancel it' }).click();
    await page.getByRole('alert').filter({ hasText: 'VERSION_MISMATCH' }).waitFor();
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByRole('alert').filter({ hasText: 'VERSION_MISMATCH' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Cancel the order' }).click();
    await page.getByRole('button', { name: 'Cancel it' }).click();
    await page.getByRole('heading', { name: /^Order / }).locator('..').getByText('canceled').waitFor();
  })));

test('requests_are_made_from_the_contract_and_lead_to_their_trace', () =>
  withPage('requests', async (page) => {
    await page.getByRole('button', { name: 'Use the last one' }).first().click();
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('200 OK').waitFor();
    await page.getByRole('link', { name: 'Its trace' }).click();
    await page.getByRole('heading', { name: 'POST /api/orders' }).waitFor();
  }));

test('a_request_can_be_copied_as_curl', () =>
  withPage(`shop/orders/${lastOrder().id}`, async (page) => {
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    assert.ok(text.startsWith(`curl -i -X POST '${shared.fake.url}shop/api/orders/`), text);
    assert.match(text, /-H 'X-Tradewind-Console: 1'/);
  }));

test('a_request_can_be_copied_as_grpcurl', () =>
  withPage('requests?sel=UserService_CreateUser', async (page) => {
    await page.locator('#input-body-name').fill("O'Brien");
    await page.locator('#input-body-email').fill('o@example.com');
    await page.getByLabel('Idempotency-Key').fill('key-1');
    await page.getByRole('button', { name: 'Copy as grpcurl' }).click();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    const json = '{"email":"o@example.com","name":"O\'\\\'\'Brien"}';
    assert.equal(text, ['grpcurl -plaintext', "-H 'idempotency-key: key-1'", `-d '${json}'`, "'127.0.0.1:8080' user.UserService/CreateUser"].join(' \\\n  '));
    const printed = spawnSync('sh', ['-c', text.replace('grpcurl', "printf '%s\\n'")], { encoding: 'utf8' }).stdout.split('\n');
    assert.deepEqual(printed.slice(0, 7), ['-plaintext', '-H', 'idempotency-key: key-1', '-d', '{"email":"o@example.com","name":"O\'Brien"}', '127.0.0.1:8080', 'user.UserService/CreateUser']);
  }));

test('grpcurl_gets_path_query_version_and_token_where_grpc_has_them', () =>
  withPage('requests?sel=OrderService_CancelOrder', async (page) => {
    await page.locator('#input-path-id').fill('o-1');
    await page.getByLabel('If-Match').fill('"7"');
    await page.getByLabel('Authorization').fill('Bearer abc');
    await page.getByRole('button', { name: 'Copy as grpcurl' }).click();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(text, /-H 'authorization: Bearer abc'/);
    assert.match(text, /-d '\{"expected_version":7,"id":"o-1","reason":"changed my mind"\}'|-d '\{"id":"o-1","expected_version":7,"reason":"changed my mind"\}'/);
    assert.match(text, /'127\.0\.0\.1:8080' order\.OrderService\/CancelOrder$/);
  }));

test('the_address_restores_the_page_in_a_new_browser', async () => {
  let address = '';
  await withPage('traces', async (page) => {
    await page.getByLabel('Query for traces').fill('service:payment-service');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Slowest' }).click();
    await page.waitForFunction(() => window.location.search.includes('slowest'));
    await settled(page);
    address = page.url().slice(shared.fake.url.length);
    await page.goBack();
    await page.waitForFunction(() => !window.location.search.includes('slowest'));
    await page.goForward();
    await page.waitForFunction(() => window.location.search.includes('slowest'));
  });
  await withPage(address, async (page) => {
    await settled(page);
    assert.equal(await page.getByLabel('Query for traces').inputValue(), 'service:payment-service');
    assert.equal(await page.getByRole('button', { name: 'Slowest' }).getAttribute('aria-pressed'), 'true');
    const sizes = await page.getByRole('table', { name: 'Traces' }).getByRole('row').count();
    assert.ok(sizes > 10);
  });
});

test('facets_edit_the_query_and_take_it_back', () =>
  withPage('traces', async (page) => {
    const facet = page.getByRole('complementary', { name: 'Values in what matches' }).getByRole('button', { name: /^payment-service/ });
    await facet.click();
    await page.waitForFunction(() => new URLSearchParams(window.location.search).get('q') === 'service:payment-service');
    await settled(page);
    await facet.click();
    await page.waitForFunction(() => !window.location.search.includes('q='));
  }));

test('a_trace_id_is_found_from_anywhere', () =>
  withPage('services', async (page) => {
    await settled(page);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('43debaff5b618d718d139f36f44ca96a');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'POST /api/orders' }).waitFor();
  }));

test('escape_closes_a_dialog_and_gives_the_focus_back', () =>
  withPage('traces', async (page) => {
    await settled(page);
    const keys = page.getByRole('button', { name: 'Keys and queries' });
    await keys.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Keys and queries' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await keys.evaluate((e) => e === document.activeElement), true);
  }));

test('colours_can_be_chosen_and_are_remembered', () =>
  withPage('traces', async (page) => {
    await page.getByRole('button', { name: /^Colours: as the system/ }).click();
    await page.getByRole('button', { name: /^Colours: light/ }).click();
    await page.reload();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  }));

test('the_newest_orders_come_first_and_older_ones_when_asked_for', () => {
  const { shop } = shared.fake;
  const user = [...shop.users.keys()][0];
  const before = new Set(shop.orders.keys());
  const now = Date.now() * 1000;
  for (let i = 0; i < 230; i += 1) shop.createOrder(now + i * 1000, user, 'prod-127', 1, '');
  const newest = lastOrder();
  return withPage('shop/orders', async (page) => {
    const rows = page.getByRole('table', { name: 'Orders' }).locator('tbody tr');
    await rows.first().waitFor();
    assert.equal(await rows.count(), 200);
    assert.equal(await rows.first().getByRole('link').first().getAttribute('title'), newest.id);
    assert.match(shared.fake.requests.findLast((r) => r.url.startsWith('/shop/api/orders?')).url, /newest_first=true/);
    await page.getByRole('button', { name: 'Show older ones' }).click();
    await page.waitForFunction((n) => document.querySelectorAll('.shop-table tbody tr').length === n, shop.orders.size);
    assert.equal(await page.getByRole('button', { name: 'Show older ones' }).count(), 0);
    await assertAccessible(page);
  }).finally(() => [...shop.orders.keys()].filter((id) => !before.has(id)).forEach((id) => shop.orders.delete(id)));
});

test('a_long_description_is_all_there_and_unfolds', () =>
  withPage('requests?sel=UserService_CreateUser', async (page) => {
    const text = await page.locator('#input-body-email-note').textContent();
    assert.ok(text.length > 200, text);
    const folded = page.locator('.folded').first();
    const before = await folded.evaluate((e) => e.clientHeight);
    assert.ok(await folded.evaluate((e) => e.scrollHeight > e.clientHeight || e.textContent.length < 400));
    await page.locator('.form-row').filter({ has: page.locator('#input-body-email') }).getByRole('button', { name: 'Show all' }).click();
    const now = await page.locator('#input-body-email-note').evaluate((e) => e.clientHeight);
    assert.ok(now >= before && !(await page.locator('#input-body-email-note').getAttribute('class'))?.includes('folded'));
    await assertAccessible(page);
  }));

test('a_version_that_is_old_shows_both_versions_and_reloads', () => {
  const order = [...shared.fake.shop.orders.values()].find((o) => o.status === 'confirmed');
  return untold(() => withPage(`shop/orders/${order.id}`, async (page) => {
    const before = order.version;
    await page.getByRole('button', { name: 'Fulfil', exact: true }).last().waitFor();
    await changeBefore(page, 'fulfil', () => Object.assign(order, { status: 'fulfilled', tracking: 'parcel 1', version: before + 1 }));
    await page.getByRole('button', { name: 'Fulfil', exact: true }).last().click();
    const both = page.getByRole('table', { name: 'Both versions of the order' });
    await both.waitFor();
    assert.match(await both.textContent(), new RegExp(`This page had${before}\\W+confirmed.*It is now${before + 1}\\W+fulfilled`));
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByRole('button', { name: 'Complete', exact: true }).waitFor();
    assert.equal(await both.count(), 0);
  }));
});
