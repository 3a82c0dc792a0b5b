// The trace page: the tree, its keys, and large traces.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, KNOWN, setUp, shared, withPage } from './harness.mjs';

setUp();

const rows = (page) => page.locator('.wf-row');

test('the_trace_of_the_guide_has_twelve_rows_with_levels', () =>
  withPage(`traces/${KNOWN.order}`, async (page) => {
    await rows(page).first().waitFor();
    assert.equal(await rows(page).count(), 12);
    assert.equal(await rows(page).nth(5).getAttribute('aria-level'), '6');
    assert.match(await rows(page).nth(9).textContent(), /INSERT reservations/);
    assert.match(await rows(page).nth(9).textContent(), /13\.4 ms/);
  }));

test('arrow_keys_move_fold_and_open_the_chosen_span', () =>
  withPage(`traces/${KNOWN.order}`, async (page) => {
    await rows(page).first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowLeft');
    assert.equal(await rows(page).count(), 2);
    await page.keyboard.press('ArrowRight');
    assert.equal(await rows(page).count(), 12);
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.getByRole('complementary', { name: 'The chosen span' }).getByText('messaging.system').waitFor();
    assert.match(page.url(), /sel=[0-9a-f]{16}/);
    await page.keyboard.press('Escape');
    await page.getByRole('complementary', { name: 'The chosen span' }).waitFor({ state: 'detached' });
  }));

test('equal_siblings_stand_in_one_row_that_opens', () =>
  withPage(`traces/${KNOWN.large}`, async (page) => {
    const group = rows(page).nth(2);
    await group.waitFor();
    assert.match(await group.textContent(), /INSERT products ×48/);
    const before = Number(await page.getByRole('treegrid').getAttribute('aria-rowcount'));
    await group.click();
    assert.equal(Number(await page.getByRole('treegrid').getAttribute('aria-rowcount')), before + 48);
  }));

test('a_large_trace_keeps_few_rows_in_the_document', () =>
  withPage(`traces/${KNOWN.large}`, async (page) => {
    for (const place of [0, 400, 900]) {
      await page.locator('.wf-body').evaluate((body, top) => (body.scrollTop = top), place);
      await rows(page).nth(10).waitFor();
      assert.ok((await rows(page).count()) <= 120);
    }
  }));

test('n_goes_to_each_error_and_find_counts_matches', () =>
  withPage(`traces/${KNOWN.large}`, async (page) => {
    await rows(page).first().waitFor();
    await page.keyboard.press('n');
    await page.getByRole('complementary', { name: 'The chosen span' }).getByRole('heading', { name: 'parse row' }).waitFor();
    const first = page.url();
    await page.keyboard.press('n');
    await page.waitForFunction((old) => window.location.href !== old, first);
    await page.getByRole('searchbox', { name: 'Find in this trace' }).fill('parse row');
    await page.locator('.find').getByText('/3').waitFor();
  }));

test('a_span_that_lost_its_parent_is_marked', () =>
  withPage(`traces/${KNOWN.partial}`, async (page) => {
    await page.getByText('The first span has not come yet').waitFor();
    assert.equal(await rows(page).count(), 2);
  }));

test('an_unknown_trace_says_why_it_may_be_missing', () =>
  withPage('traces/99999999999999999999999999999999', async (page) => {
    await page.getByRole('heading', { name: 'This trace is not here' }).waitFor({ timeout: 10_000 });
  }));

test('log_records_are_marked_on_their_span_and_listed', () =>
  withPage(`traces/${KNOWN.timeout}`, async (page) => {
    await rows(page).filter({ hasText: '◆' }).first().waitFor();
    await page.getByRole('tab', { name: /Logs/ }).click();
    await page.getByText('the provider did not answer; the payment is asked for again').waitFor();
  }));

test('the_sequence_shows_calls_between_services_and_opens_their_spans', () =>
  withPage(`traces/${KNOWN.order}?tab=sequence`, async (page) => {
    const calls = page.locator('.sequence li');
    await calls.first().waitFor();
    assert.equal(await calls.count(), 4);
    assert.match(await calls.nth(1).textContent(), /api-gateway calls order-service: .*CreateOrder/);
    await page.getByLabel('Show statements').check();
    assert.equal(await calls.count(), 9);
    await calls.last().getByRole('button').click();
    await page.getByRole('complementary', { name: 'The chosen span' }).waitFor();
    assert.match(page.url(), /tab=sequence/);
  }));

/** Columns of a trace whose span i has the parent that is given. */
function columns(size, parentOf) {
  const numbers = (of) => Array.from({ length: size }, (_, i) => of(i));
  return {
    summary: { trace_id: 'e'.repeat(32), start_us: 1.7e15, duration_ns: size * 1000, service: 'maker', name: 'many', spans: size, services: ['maker'] },
    texts: ['', 'many', 'maker', ...numbers((i) => `step ${i % 1000}`)].slice(0, 1003),
    span_ids: numbers((i) => i.toString(16).padStart(16, '0')),
    parents: numbers(parentOf), start_ns: numbers((i) => i * 1000), duration_ns: numbers((i) => (i === 0 ? size * 1000 : 900)),
    names: numbers((i) => (i === 0 ? 1 : 3 + (i % 1000))), services: numbers(() => 2), kinds: numbers(() => 1), statuses: numbers(() => 0), notes: numbers(() => 0),
  };
}

for (const [name, parentOf, size] of [['wide', (i) => (i === 0 ? -1 : Math.floor((i - 1) / 4)), 100_000], ['deep', (i) => i - 1, 20_000]]) {
  test(`a_${name}_trace_of_${size}_spans_opens_and_folds`, () =>
    withPage('traces', async (page) => {
      await page.route(`**/q/traces/${'e'.repeat(32)}`, (route) => route.fulfill({ json: columns(size, parentOf) }));
      await page.goto(`${page.url()}/${'e'.repeat(32)}`);
      await rows(page).first().waitFor();
      assert.equal(Number(await page.getByRole('treegrid').getAttribute('aria-rowcount')), size + 1);
      await page.getByRole('button', { name: 'Fold all' }).click();
      await page.getByRole('button', { name: 'Unfold all' }).waitFor();
      assert.ok((await rows(page).count()) <= 120);
    }));
}

test('a_trace_that_ended_well_says_how_many_errors_are_inside', () =>
  withPage('traces?q=error+name:charge', async (page) => {
    const row = page.getByRole('table', { name: 'Traces' }).getByRole('row').filter({ has: page.locator(`a[href*="${KNOWN.timeout}"]`) });
    await row.getByText('1 error inside').waitFor();
    assert.equal((await row.locator('.mark').textContent()).trim(), 'ok');
    await row.getByRole('link').click();
    await page.getByText('It ended well, although a step inside failed: the provider did not answer within 3 s').waitFor();
    assert.equal(await page.locator('.trace-title .pill.ok').textContent(), '200');
    await assertAccessible(page);
  }));

test('a_trace_is_pinned_by_keys_alone_found_again_and_let_go', () =>
  withPage(`traces/${KNOWN.order}`, async (page) => {
    await rows(page).first().waitFor();
    await page.getByRole('button', { name: 'Pin', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Pinned', pressed: true }).waitFor();
    await page.getByRole('contentinfo').getByRole('link', { name: '3 pinned' }).click();
    await page.getByRole('table', { name: 'Pinned traces' }).getByRole('link', { name: 'POST /api/orders' }).first().click();
    await page.getByRole('button', { name: 'Pinned', pressed: true }).click();
    await page.getByRole('button', { name: 'Pin', exact: true, pressed: false }).waitFor();
    await page.getByRole('contentinfo').getByRole('link', { name: '2 pinned' }).click();
    await page.getByRole('heading', { name: '2 pinned traces' }).waitFor();
  }));

test('a_trace_that_cannot_be_pinned_says_why', async () => {
  shared.fake.pinnedMost = 0;
  await withPage(`traces/${KNOWN.order}`, async (page) => {
    await page.getByRole('button', { name: 'Pin', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: 'all pinned traces together may have' }).waitFor();
    await assertAccessible(page);
  });
  shared.fake.pinnedMost = Infinity;
});
