// Ctrl-K: one field for pages, ids and words.
import { useEffect, useState } from 'preact/hooks';
import { get } from '../lib/api';
import { go, href } from '../lib/location';
import type { ServiceMap } from '../lib/types';
import { term } from '../parts/query_box';
import { Line } from '../parts/text';
import { Dialog } from './dialog';
import { PAGES } from './shell';

interface Goal {
  name: string;
  what: string;
  url: string;
}

function goalsFor(text: string, map: ServiceMap | undefined): Goal[] {
  const wanted = text.trim();
  const low = wanted.toLowerCase();
  const goals: Goal[] = [];
  if (/^[0-9a-f]{32}$/.test(low)) goals.push({ name: low, what: 'Trace', url: href(`traces/${low}`) });
  if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(low)) {
    goals.push({ name: low, what: 'Order', url: href(`shop/orders/${low}`) });
    goals.push({ name: low, what: 'User', url: href(`shop/users/${low}`) });
    goals.push({ name: low, what: 'Payment', url: href(`shop/payments/${low}`) });
  }
  for (const page of PAGES) {
    if (page.name.toLowerCase().includes(low)) goals.push({ name: page.name, what: 'Page', url: href(page.to) });
  }
  if (wanted) {
    for (const node of map?.nodes ?? []) {
      if (node.name?.toLowerCase().includes(low)) {
        goals.push({ name: node.name, what: 'Traces of a service', url: href('traces', { q: term('service', node.name) }) });
      }
    }
    for (const operation of map?.operations ?? []) {
      if (operation.name?.toLowerCase().includes(low)) {
        goals.push({ name: operation.name, what: 'Traces of an operation', url: href('traces', { q: term('name', operation.name) }) });
      }
    }
    goals.push({ name: wanted, what: 'Search traces', url: href('traces', { q: wanted }) });
    goals.push({ name: wanted, what: 'Search logs', url: href('logs', { q: wanted }) });
  }
  return goals.slice(0, 12);
}

export function GoTo({ close }: { close: () => void }) {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const [map, setMap] = useState<ServiceMap | undefined>();
  useEffect(() => void get<ServiceMap>('q/map').then(setMap, () => undefined), []);
  const goals = goalsFor(text, map);
  const open = (goal: Goal | undefined) => {
    if (!goal) return;
    close();
    go(goal.url);
  };
  return (
    <Dialog label="Go to" close={close} kind="palette">
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="goals"
        aria-activedescendant={goals.length ? `goal-${chosen}` : undefined}
        aria-label="Page, trace id, order id, service, operation or words"
        placeholder="Page, trace id, order id, service, operation or words"
        value={text}
        spellcheck={false}
        autocomplete="off"
        onInput={(e) => {
          setText(e.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={(e) => {
          if (e.key === 'ArrowDown') setChosen(Math.min(chosen + 1, goals.length - 1));
          else if (e.key === 'ArrowUp') setChosen(Math.max(chosen - 1, 0));
          else if (e.key === 'Enter') open(goals[chosen]);
          else return;
          e.preventDefault();
        }}
      />
      <ul id="goals" role="listbox" aria-label="Places">
        {goals.map((goal, i) => (
          <li id={`goal-${i}`} role="option" aria-selected={i === chosen} onClick={() => open(goal)} onPointerMove={() => setChosen(i)}>
            <span class="goal-name"><Line text={goal.name} max={120} /></span>
            <span class="goal-what">{goal.what}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
