// Builds web/dist from web/src: one script, one style sheet, the page, the licences, and the hash of the sources. In web/dist/docs is
// the page that documents the API, with Swagger UI as it is published.
import { context } from 'esbuild';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const to = process.argv.indexOf('--to');
const dist = to > 0 ? process.argv[to + 1] : join(root, 'dist');
const bundled = ['preact', '@preact/signals', '@preact/signals-core'];

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

// The same hash as tests/lint/web_dist.py computes: each file's name and content, in the order of their names.
function hashOfSources() {
  const files = [...filesBelow(join(root, 'src')), ...['package.json', 'package-lock.json', 'tsconfig.json', 'build.mjs'].map((f) => join(root, f))];
  const hash = createHash('sha256');
  for (const name of files.map((f) => relative(root, f)).sort()) {
    hash.update(`${name}\0`).update(createHash('sha256').update(readFileSync(join(root, name))).digest('hex')).update('\n');
  }
  return hash.digest('hex');
}

const viewer = 'swagger-ui-dist';

function licenses(names, files) {
  return names
    .map((name) => {
      const folder = join(root, 'node_modules', name);
      const version = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
      const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
      return `${name} ${version}\n\n${texts.join('\n\n')}\n`;
    })
    .join('\n----------------------------------------\n\n');
}

/** A file of Swagger UI, without the reference to a map that is not here. */
function copyOfViewer(from, to) {
  const text = readFileSync(join(root, 'node_modules', viewer, from), 'utf8');
  writeFileSync(join(dist, 'docs', to), text.replace(/\n?(\/\/|\/\*)# sourceMappingURL=.*\s*$/, '\n'));
}

function finishDocs() {
  copyFileSync(join(root, 'src/docs/index.html'), join(dist, 'docs/index.html'));
  copyOfViewer('swagger-ui-bundle.js', 'swagger-ui.js');
  copyOfViewer('swagger-ui.css', 'swagger-ui.css');
  writeFileSync(join(dist, 'docs/licenses.txt'), licenses([viewer], ['NOTICE', 'LICENSE', 'swagger-ui-bundle.js.LICENSE.txt']));
}

const finish = {
  name: 'finish',
  setup(build) {
    build.onEnd((result) => {
      if (result.errors.length) return;
      copyFileSync(join(root, 'src/index.html'), join(dist, 'index.html'));
      writeFileSync(join(dist, 'licenses.txt'), licenses(bundled, ['LICENSE']));
      finishDocs();
      writeFileSync(join(dist, 'sources.sha256'), `${hashOfSources()}\n`);
      console.log(`${relative(process.cwd(), dist) || dist} is built`);
    });
  },
};

mkdirSync(join(dist, 'docs'), { recursive: true });
const building = await context({
  absWorkingDir: root,
  entryPoints: { app: 'src/main.tsx', 'docs/docs': 'src/docs/docs.ts' },
  outdir: dist,
  bundle: true,
  format: 'iife',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [finish],
});
if (process.argv.includes('--watch')) {
  await building.watch();
} else {
  await building.rebuild();
  await building.dispose();
}
