// Every page in every state: it opens, axe objects to nothing, and nothing scrolls sideways.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, assertNoSideScroll, KNOWN, lastOrder, setUp, settled, shared, withPage } from './harness.mjs';

setUp();

const PAGES = {
  overview: () => '',
  traces: () => 'traces',
  trace: () => `traces/${KNOWN.order}?sel=${shared.fake.maker.traces.get(KNOWN.order).spans[2].id}`,
  'erroneous trace': () => `traces/${KNOWN.broken}`,
  'hostile trace': () => `traces/${KNOWN.hostile}?sel=${shared.fake.maker.traces.get(KNOWN.hostile).spans[0].id}`,
  'log records of a trace': () => `traces/${KNOWN.timeout}?tab=logs`,
  'sequence of a trace': () => `traces/${KNOWN.refused}?tab=sequence`,
  'pinned traces': () => 'traces?show=pinned',
  logs: () => 'logs',
  orders: () => 'shop/orders',
  order: () => `shop/orders/${lastOrder().id}`,
  users: () => 'shop/users',
  product: () => 'shop/products/prod-123',
  payments: () => 'shop/payments',
  requests: () => 'requests',
  services: () => 'services',
  service: () => 'services/order-service',
  process: () => 'processes/127.0.0.1%3A9464',
  'unready process': () => 'processes/127.0.0.1%3A9465',
  'silent process': () => 'processes/127.0.0.1%3A9466',
  'unknown process': () => 'processes/127.0.0.1%3A1',
  'patterns of logs': () => 'logs?view=patterns',
  'records around one': () => `logs?around=${shared.fake.maker.logs[50].id}`,
  'unknown page': () => 'nowhere',
};

for (const [name, path] of Object.entries(PAGES)) {
  test(`${name}_is_accessible_when_filled_in_light_and_dark`.replace(/ /g, '_'), () =>
    withPage(path(), async (page) => {
      await settled(page);
      await assertAccessible(page);
      await page.emulateMedia({ colorScheme: 'dark' });
      await assertAccessible(page, { colours: true });
      for (const [width, height] of [[320, 700], [2560, 1200]]) {
        await page.setViewportSize({ width, height });
        await assertNoSideScroll(page);
      }
    }));
}

for (const name of ['overview', 'traces', 'logs', 'trace', 'orders', 'services', 'process', 'patterns of logs', 'pinned traces']) {
  for (const [mode, theme] of [['empty', 'light'], ['failed', 'dark']]) {
    test(`${name}_is_accessible_when_${mode}`.replace(/ /g, '_'), () =>
      withPage(PAGES[name](), async (page) => {
        await settled(page);
        await assertAccessible(page);
        await page.setViewportSize({ width: 320, height: 700 });
        await assertNoSideScroll(page);
      }, { mode, theme }));
  }
}

test('empty_pages_offer_a_demo_order', () =>
  withPage('', async (page) => {
    await page.getByRole('heading', { name: 'No request yet' }).waitFor();
    await page.getByRole('button', { name: 'Place a demo order' }).click();
    await page.getByRole('heading', { name: /^Order / }).waitFor();
  }, { mode: 'empty' }));

test('a_failure_shows_title_code_and_trace_and_can_be_tried_again', () =>
  withPage('traces', async (page) => {
    const alert = page.getByRole('alert').filter({ hasText: 'could not be loaded' });
    await alert.waitFor();
    assert.match(await alert.textContent(), /disk I\/O error.*ARCHIVE_AWAY/);
    shared.fake.mode = 'filled';
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('table', { name: 'Traces' }).waitFor();
  }, { mode: 'failed' }));

test('a_bad_term_is_explained_and_the_old_list_stays', () =>
  withPage('traces', async (page) => {
    await page.getByRole('table', { name: 'Traces' }).waitFor();
    await page.getByLabel('Query for traces').fill('duration>200mz');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: '"mz" is no unit' }).waitFor();
    assert.equal(await page.getByRole('table', { name: 'Traces' }).count(), 1);
  }));

test('a_query_without_matches_says_which_term_to_leave_out', () =>
  withPage('traces?q=duration%3E2s+service:nobody', async (page) => {
    await page.getByRole('button', { name: 'Leave out service:nobody' }).click();
    await page.getByRole('table', { name: 'Traces' }).waitFor();
    assert.match(page.url(), /q=duration%3E2s$/);
  }));
