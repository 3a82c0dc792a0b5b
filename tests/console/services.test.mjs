// Processes, their settings and log levels; patterns of log records, and the records around one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setUp, settled, shared, until, withPage } from './harness.mjs';

setUp();

test('the_services_page_says_which_process_is_well', () =>
  withPage('services', async (page) => {
    const table = page.getByRole('table', { name: 'Processes' });
    await table.waitFor();
    for (const [address, health] of [['9464', 'ready'], ['9465', 'not ready'], ['9466', 'no answer']]) {
      await table.getByRole('row', { name: new RegExp(`:${address} ${health}`) }).waitFor();
    }
    await page.getByText('the index is being built').waitFor();
    await page.getByText('did not answer: connect to 127.0.0.1:9466').waitFor();
  }));

test('the_page_of_a_service_shows_its_settings_with_their_origin_and_no_secret', () =>
  withPage('services/order-service', async (page) => {
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    await page.getByLabel('Find a setting').fill('database');
    const row = page.getByRole('row', { name: /database\.url/ });
    assert.match(await row.textContent(), /postgresql:\/\/shop:\*\*\*@.*DATABASE_URL/);
    await page.getByLabel('Find a setting').fill('');
    await page.getByRole('button', { name: 'Not default' }).click();
    assert.equal(await page.getByRole('row', { name: /profile/ }).count(), 0);
  }));

test('a_log_level_is_changed_by_keys_alone', () =>
  withPage('processes/127.0.0.1%3A9464', async (page) => {
    const select = page.getByLabel('Log level of order');
    await select.waitFor();
    await select.focus();
    await page.keyboard.press('d');
    await until(() => shared.fake.processes.levels.order === 'debug', 'the level is debug');
    const sent = shared.fake.requests.find((r) => r.method === 'PUT');
    assert.equal(sent.headers['x-tradewind-console'], '1');
    assert.deepEqual(JSON.parse(sent.body), { levels: 'order=debug' });
    await page.getByLabel('Log level of all parts').selectOption('warn');
    await until(() => Object.values(shared.fake.processes.levels).every((l) => l === 'warn'), 'all levels are warn');
  }));

test('a_pattern_becomes_terms_of_the_query', () =>
  withPage('logs', async (page) => {
    await page.getByRole('button', { name: 'Patterns', exact: true }).click();
    const table = page.getByRole('table', { name: 'Patterns of log records' });
    await table.waitFor();
    assert.match(page.url(), /view=patterns/);
    await table.getByRole('button', { name: /declined/ }).first().click();
    await page.getByRole('list', { name: 'Log records' }).waitFor();
    const query = await page.getByLabel('Query for log records').inputValue();
    assert.match(query, /service:payment-service event:\S+ "/);
    await settled(page);
    assert.ok((await page.locator('.log').count()) > 0, 'the query finds the records of the pattern');
    await page.goBack();
    await table.waitFor();
  }));

test('a_record_is_in_the_address_and_leads_to_those_around_it', () =>
  withPage('logs', async (page) => {
    await page.locator('.log-open').nth(30).click();
    const id = new URL(page.url()).searchParams.get('sel');
    assert.ok(id);
    await page.getByRole('link', { name: '20 before and after' }).click();
    await page.getByRole('heading', { name: 'Around a log record' }).waitFor();
    await page.getByText('20 after it, 20 before it').waitFor();
    assert.equal(await page.locator('.log').count(), 41);
    assert.equal(await page.locator('.log.marked.open').count(), 1);
    await page.goto(`${shared.fake.url}logs?q=severity>=fatal&sel=${id}`);
    await page.getByRole('heading', { name: 'The record of the link' }).waitFor();
    await page.locator('.log.open').waitFor();
  }));
