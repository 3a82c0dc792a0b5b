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
