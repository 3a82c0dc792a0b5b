// The committed files: what the sources give, and small enough.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const web = fileURLToPath(new URL('../../web/', import.meta.url));

test('the_page_is_at_most_200_kib_compressed', () => {
  const sizes = ['app.js', 'app.css', 'index.html'].map((f) => gzipSync(readFileSync(join(web, 'dist', f)), { level: 9 }).length);
  assert.ok(sizes.reduce((a, b) => a + b) <= 200 * 1024, `${sizes}`);
});

test('web_dist_is_what_the_sources_give', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tradewind-web-'));
  try {
    const run = spawnSync(process.execPath, ['build.mjs', '--to', folder], { cwd: web, encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).map((f) => relative(folder, join(f.parentPath ?? f.path, f.name)));
    const committed = readdirSync(join(web, 'dist'), { recursive: true }).filter((f) => f !== 'docs');
    assert.deepEqual(files.sort(), committed.sort());
    for (const file of files) assert.ok(readFileSync(join(folder, file)).equals(readFileSync(join(web, 'dist', file))), `web/dist/${file} is old: npm run build`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the_types_of_the_page_are_right', () => {
  const run = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit'], { cwd: web, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stdout);
});

test('the_lock_file_names_no_registry', () => {
  assert.doesNotMatch(readFileSync(join(web, 'package-lock.json'), 'utf8'), /"resolved"/);
});
