import { existsSync } from 'node:fs';

/** Debian's Chromium, or the one that CHROMIUM names; empty if there is none. */
export function chromiumPath() {
  const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  return places.find((p) => p && existsSync(p)) ?? '';
}
