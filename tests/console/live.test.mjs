// What arrives while somebody looks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp, settled, shared, until, withPage } from './harness.mjs';

setUp();

const table = (page) => page.getByRole('table', { name: 'Traces' });
const isWatched = (topic) => [...shared.fake.watchers].some((w) => w.topics.has(topic));
const watching = (topic) => until(() => isWatched(topic), `somebody watches ${topic}`);

test('a_new_trace_appears_by_itself', () =>
  withPage('traces', async (page) => {
    await table(page).waitFor();
    await watching('traces');
    const trace = shared.fake.tick(0.1);
    await table(page).locator(`a[href*="${trace.id}"]`).waitFor();
  }));

test('the_list_waits_under_the_pointer_and_says_how_many_are_new', () =>
  withPage('traces', async (page) => {
    await table(page).waitFor();
    await watching('traces');
    await table(page).getByRole('row').nth(2).hover();
    const first = await table(page).getByRole('link').first().getAttribute('href');
    const trace = shared.fake.tick(0.1);
    await page.getByRole('button', { name: 'Show 1 new' }).waitFor();
    assert.equal(await table(page).getByRole('link').first().getAttribute('href'), first);
    await page.getByRole('button', { name: 'Show 1 new' }).click();
    await table(page).locator(`a[href*="${trace.id}"]`).waitFor();
  }));

test('an_update_does_not_take_the_focus', () =>
  withPage('traces', async (page) => {
    await table(page).waitFor();
    await watching('traces');
    const link = table(page).getByRole('link').nth(3);
    await link.focus();
    shared.fake.tick(0.1);
    await page.getByRole('button', { name: 'Show 1 new' }).waitFor();
    assert.equal(await link.evaluate((e) => e === document.activeElement), true);
  }));

test('live_shows_only_what_the_query_matches', () =>
  withPage('traces?q=service:payment-service', async (page) => {
    await table(page).waitFor();
    await watching('traces');
    const other = shared.fake.tick(0.6);
    const wanted = shared.fake.tick(0.45);
    await table(page).locator(`a[href*="${wanted.id}"]`).waitFor();
    assert.equal(await table(page).locator(`a[href*="${other.id}"]`).count(), 0);
  }));

test('pause_closes_the_stream_of_traces_and_resume_catches_up', () =>
  withPage('traces', async (page) => {
    await table(page).waitFor();
    await watching('traces');
    await page.keyboard.press('p');
    await page.getByRole('button', { name: 'Paused' }).waitFor();
    await until(() => !isWatched('traces'), 'nobody watches traces');
    const missed = shared.fake.tick(0.1);
    await page.keyboard.press('p');
    await table(page).locator(`a[href*="${missed.id}"]`).waitFor();
  }));

test('new_log_records_appear_by_themselves', () =>
  withPage('logs', async (page) => {
    await settled(page);
    await watching('logs');
    const before = await page.locator('[role=listitem]').count();
    shared.fake.tick(0.1);
    await page.waitForFunction((n) => document.querySelectorAll('[role=listitem]').length > n, before);
  }));

const pending = () => [...shared.fake.shop.orders.values()].find((o) => o.status === 'pending');
const watchersOf = (order) => [...shared.fake.orderWatchers].filter((w) => w.id === order.id);
const readsOf = (order) => shared.fake.requests.filter((r) => r.method === 'GET' && r.url === `/shop/api/orders/${order.id}`).length;

test('an_order_that_changes_elsewhere_is_shown_within_a_second_and_nobody_asks_until_then', () => {
  const order = pending();
  return withPage(`shop/orders/${order.id}`, async (page) => {
    await page.getByRole('heading', { name: /^Order / }).waitFor();
    await until(() => watchersOf(order).length === 1, 'the page watches the order');
    await page.waitForTimeout(2_500);
    const reads = readsOf(order);
    await page.waitForTimeout(2_500);
    assert.equal(readsOf(order), reads, 'a page that is told does not ask');
    shared.fake.shop.cancel(order.id, Date.now() * 1000);
    await page.locator('.trace-title').getByText('canceled').waitFor({ timeout: 1_000 });
    await page.locator('.timeline').getByText('canceled').first().waitFor();
    await until(() => watchersOf(order).length === 0, 'nobody watches an order that has ended');
  });
});

test('a_stream_that_breaks_is_continued_after_its_last_event', () => {
  const order = pending();
  return withPage(`shop/orders/${order.id}`, async (page) => {
    await until(() => watchersOf(order).length === 1, 'the page watches the order');
    const [first] = watchersOf(order);
    first.close();
    await until(() => watchersOf(order).some((w) => w !== first), 'the page watches the order again');
    assert.equal(watchersOf(order).at(-1).after, order.version);
    await page.getByRole('heading', { name: /^Order / }).waitFor();
  });
});

test('an_order_whose_stream_is_refused_is_asked_for_while_something_is_open', () => {
  const order = pending();
  shared.fake.noStreams = true;
  return withPage(`shop/orders/${order.id}`, async (page) => {
    await page.getByRole('combobox', { name: 'Token' }).selectOption('tok_timeout_then_ok');
    await page.getByRole('button', { name: 'Pay', exact: true }).last().click();
    await page.locator('.trace-title').getByText('processing').waitFor();
    shared.fake.shop.cancel(order.id, Date.now() * 1000);
    await page.locator('.trace-title').getByText('canceled').waitFor({ timeout: 5_000 });
  }).finally(() => (shared.fake.noStreams = false));
});

test('a_console_that_is_away_is_told_and_what_is_shown_stays', () =>
  withPage('traces', async (page) => {
    await table(page).waitFor();
    await watching('traces');
    await page.context().setOffline(true);
    for (const w of [...shared.fake.watchers]) w.close();
    await page.getByRole('alert').filter({ hasText: 'No answer from' }).waitFor();
    assert.equal(await table(page).count(), 1);
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByText('No answer from').waitFor({ state: 'detached' });
  }));

test('losses_are_told_with_their_reason', async () => {
  shared.fake.lossy = true;
  await withPage('traces', async (page) => {
    await page.getByText('812 lost').click();
    await page.getByText('the queue was full (console.queue_bytes)').waitFor();
  });
  shared.fake.lossy = false;
});

/** Of how many tabs the switch says that. */
async function shown(tabs, text) {
  const counts = await Promise.all(tabs.map((tab) => tab.locator('button.live', { hasText: text }).count()));
  return counts.filter((count) => count > 0).length;
}

test('eight_tabs_are_all_answered_and_all_show_what_is_new', () =>
  withPage('traces', async (first) => {
    const order = pending();
    const tabs = [first];
    for (const path of ['traces?q=service:order-service', 'logs', '', `shop/orders/${order.id}`, 'traces', 'logs?q=order', 'services']) {
      const tab = await first.context().newPage();
      await tab.goto(shared.fake.url + path);
      tabs.push(tab);
    }
    for (const tab of tabs) await settled(tab);
    await until(async () => (await shown(tabs, 'every 2 s')) === 4, 'the tabs without a stream say how often they ask');
    const trace = shared.fake.tick(0.1);
    for (const tab of [tabs[0], tabs[5]]) await table(tab).locator(`a[href*="${trace.id}"]`).waitFor();
    await tabs[7].reload();
    await settled(tabs[7]);
    for (const tab of tabs.slice(1, 5)) await tab.close();
    await until(() => shared.fake.watchers.size === 4, 'the tabs that are left have a stream each');
    await until(async () => (await shown([first, ...tabs.slice(5)], 'Live')) === 4, 'and are live');
  }));
