// Telemetry is foreign text: it is shown, and does nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KNOWN, setUp, settled, shared, withPage } from './harness.mjs';

setUp();

const span = () => shared.fake.maker.traces.get(KNOWN.hostile).spans[0].id;

for (const [name, path] of [['list', () => 'traces'], ['trace', () => `traces/${KNOWN.hostile}?sel=${span()}`], ['logs', () => 'logs'], ['map', () => ''], ['services', () => 'services']]) {
  test(`markup_in_telemetry_is_shown_as_text_in_the_${name}`, () =>
    withPage(path(), async (page) => {
      await settled(page);
      for (const button of await page.getByRole('button', { name: /^(Open the record|As table)$/ }).all()) {
        if (await button.isVisible()) await button.click();
      }
      await page.locator('main :visible').getByText('<img src=x').locator('visible=true').first().waitFor();
      assert.equal(await page.evaluate(() => window.hacked), undefined);
      assert.equal(await page.locator('main img, main script').count(), 0);
    }));
}

test('marks_of_direction_and_control_characters_are_named', () =>
  withPage(`traces/${KNOWN.hostile}`, async (page) => {
    const title = page.getByRole('heading', { level: 1 });
    await title.waitFor();
    assert.match(await title.textContent(), /U\+202E.*U\+0007/);
    assert.doesNotMatch(await title.textContent(), /[\u202a-\u202e\u0007\u200b]/);
  }));

test('a_long_value_is_clipped_until_it_is_asked_for', () =>
  withPage(`traces/${KNOWN.hostile}?sel=${span()}`, async (page) => {
    const row = page.getByRole('row').filter({ hasText: 'evil.long' });
    await row.waitFor();
    assert.ok((await row.textContent()).length < 600);
    await row.getByRole('button', { name: 'show all 100 KiB' }).click();
    assert.ok((await row.textContent()).length > 100_000);
  }));

test('only_web_addresses_become_links', () =>
  withPage(`traces/${KNOWN.hostile}?sel=${span()}`, async (page) => {
    await page.getByText('javascript:alert(1)').waitFor();
    assert.equal(await page.locator('a[href^="javascript"]').count(), 0);
    assert.equal(await page.getByRole('link', { name: /example\.com/ }).getAttribute('rel'), 'noreferrer noopener external');
  }));
