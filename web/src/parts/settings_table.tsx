// The settings of a process: values, where they come from, and what they mean.
import { useState } from 'preact/hooks';
import { plural } from '../lib/format';
import type { Setting } from '../lib/types';
import { Foreign, Value } from './text';

export function SettingsTable({ settings }: { settings: Setting[] }) {
  const [find, setFind] = useState('');
  const [changed, setChanged] = useState(false);
  const words = find.trim().toLowerCase();
  const shown = settings.filter((s) =>
    (!changed || s.origin !== 'default') && (!words || `${s.key} ${s.value} ${s.origin} ${s.help}`.toLowerCase().includes(words)));
  return (
    <section class="panel">
      <div class="panel-head">
        <h2>Settings</h2>
        <span class="note">{plural(shown.length, 'setting')}{shown.length < settings.length && ` of ${settings.length}`}</span>
        <div class="panel-tools">
          <input type="search" aria-label="Find a setting" placeholder="Find a setting" value={find} onInput={(e) => setFind(e.currentTarget.value)} />
          <button type="button" aria-pressed={changed} onClick={() => setChanged(!changed)}>Not default</button>
        </div>
      </div>
      {shown.length === 0 ? <p class="panel-note note">{words ? 'No setting has this in its name, value, origin or text.' : 'All settings have their default values.'}</p> : (
        <div class="scroll settings-scroll" tabIndex={0} role="region" aria-label="Settings">
          <table class="list settings">
            <thead><tr><th scope="col">Setting</th><th scope="col">Value</th><th scope="col">From</th></tr></thead>
            <tbody>
              {shown.map((s) => (
                <tr>
                  <th scope="row"><code>{s.key}</code><span class="note">{s.help}</span></th>
                  <td><code>{s.value ? <Value text={s.value} /> : <span class="note">empty</span>}</code></td>
                  <td class={s.origin === 'default' ? 'note' : ''}><Foreign text={(s.origin ?? '').slice(0, 300)} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
