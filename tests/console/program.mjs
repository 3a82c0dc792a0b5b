// The real program, for tests of the page in front of it.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './harness.mjs';

export const root = fileURLToPath(new URL('../../', import.meta.url));
const program = process.env.TRADEWIND_BIN ?? join(root, 'build/release/bin/tradewind');

/** Why tests of the program are not run; false if they are. */
export const skip = existsSync(program) ? false : `there is no ${program}: ./dev build release tradewind`;

function readyFile(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'ready'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Starts it with the page of web/dist, and waits until it is ready. `ports` are the addresses of its ports. */
export async function startProgram(environment = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tradewind-console-'));
  const running = spawn(program, ['up', '--ports', 'auto', '--data', join(folder, 'data'), '--ready-file', join(folder, 'ready')], {
    stdio: 'ignore',
    env: { ...process.env, TRADEWIND_CONSOLE_ASSETS: join(root, 'web/dist'), ...environment },
  });
  const end = async () => {
    const ended = new Promise((done) => running.on('exit', done));
    running.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true });
  };
  try {
    await until(() => readyFile(folder) ?? running.exitCode !== null, 'the program is ready');
    if (running.exitCode !== null) throw new Error(`the program ended with ${running.exitCode}`);
  } catch (error) {
    running.kill('SIGKILL');
    throw error;
  }
  return { ports: readyFile(folder), end };
}
