// Lists of the shop's records, the newest first.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { readShop } from '../lib/api';
import { money, plural, shortId, shortTime } from '../lib/format';
import { away, live } from '../lib/live';
import { useLoad } from '../lib/load';
import { change, go, href, param } from '../lib/location';
import { type Kind, KIND_WORDS, microsOf, type Order, type Payment, type Product, STATUSES, type User } from '../lib/shop';
import { ListPanelHead } from '../parts/list_head';
import { Empty, Failed, Loading } from '../parts/states';
import { Line } from '../parts/text';
import { DemoOrder } from './first_steps';
import { ShopTabs, StatusChip } from './shop_parts';

/** How many records are read and shown at first, and how many more with each click. */
const PAGE = 200;
const SHOWN_MAX = 1000;
const USERS = 1000;
const EVERY_MS = 4000;

interface Found {
  rows: unknown[];
  more: boolean;
  /** Names of the users of orders and payments. */
  users: Map<string, string>;
}

async function read(kind: Kind, size: number, filters: Record<string, string>, signal: AbortSignal): Promise<{ rows: unknown[]; more: boolean }> {
  const order = kind === 'products' ? {} : { newest_first: 'true' };
  const found = await readShop<Record<string, unknown>>(`/api/${kind}`, { page_size: size, ...order, ...filters }, signal);
  return { rows: (found[kind] as unknown[]) ?? [], more: Boolean(found.next_page_token) };
}

async function load(kind: Kind, size: number, filters: Record<string, string>, signal: AbortSignal): Promise<Found> {
  const found = await read(kind, size, filters, signal);
  const users = new Map<string, string>();
  if (kind === 'orders') {
    const people = await read('users', USERS, {}, signal).catch(() => ({ rows: [] }));
    for (const user of people.rows as User[]) users.set(user.id, user.name ?? user.email ?? '');
  }
  return { ...found, users };
}

interface Column {
  title: string;
  right?: boolean;
  cell: (row: never, found: Found) => ComponentChildren;
}

const time = (text: string | undefined) => <span class="num">{shortTime(microsOf(text), false)}</span>;
const link = (kind: Kind, id: string) => <a href={href(`shop/${kind}/${id}`)} data-row title={id}><code>{shortId(id)}</code></a>;

const COLUMNS: Record<Kind, Column[]> = {
  orders: [
    { title: 'Created', cell: (o: Order) => time(o.created_at) },
    { title: 'Order', cell: (o: Order) => link('orders', o.id) },
    { title: 'Status', cell: (o: Order) => <StatusChip status={o.status ?? ''} /> },
    { title: 'Payment', cell: (o: Order) => <StatusChip status={o.payment_status ?? ''} /> },
    { title: 'Customer', cell: (o: Order, f) => (o.user_id ? <a href={href(`shop/users/${o.user_id}`)}><Line text={f.users.get(o.user_id) || shortId(o.user_id)} max={40} /></a> : '') },
    { title: 'Items', cell: (o: Order) => <Line text={(o.lines ?? []).map((l) => `${l.quantity} × ${l.name}`).join(', ')} max={60} /> },
    { title: 'Total', right: true, cell: (o: Order) => <span class="num">{money(o.total)}</span> },
  ],
  users: [
    { title: 'Registered', cell: (u: User) => time(u.created_at) },
    { title: 'User', cell: (u: User) => link('users', u.id) },
    { title: 'Name', cell: (u: User) => <Line text={u.name ?? ''} max={60} /> },
    { title: 'E-mail', cell: (u: User) => <Line text={u.email ?? ''} max={80} /> },
    { title: 'Status', cell: (u: User) => <StatusChip status={u.status ?? ''} /> },
  ],
  products: [
    { title: 'Product', cell: (p: Product) => link('products', p.id) },
    { title: 'Name', cell: (p: Product) => <Line text={p.name ?? ''} max={80} /> },
    { title: 'Status', cell: (p: Product) => <StatusChip status={p.status ?? ''} /> },
    { title: 'Price', right: true, cell: (p: Product) => <span class="num">{money(p.price)}</span> },
    { title: 'On hand', right: true, cell: (p: Product) => <span class="num">{p.stock?.on_hand ?? 0}</span> },
    { title: 'Reserved', right: true, cell: (p: Product) => <span class="num">{p.stock?.reserved ?? 0}</span> },
    { title: 'Available', right: true, cell: (p: Product) => <span class={`num ${p.stock?.available ? '' : 'error-text'}`}>{p.stock?.available ?? 0}</span> },
  ],
  payments: [
    { title: 'Created', cell: (p: Payment) => time(p.created_at) },
    { title: 'Payment', cell: (p: Payment) => link('payments', p.id) },
    { title: 'Status', cell: (p: Payment) => <StatusChip status={p.status ?? ''} /> },
    { title: 'Order', cell: (p: Payment) => (p.order_id ? link('orders', p.order_id) : '') },
    { title: 'Attempt', right: true, cell: (p: Payment) => <span class="num">{p.attempt ?? ''}</span> },
    { title: 'Last error', cell: (p: Payment) => <span class="warn-text"><Line text={p.last_error ?? ''} max={60} /></span> },
    { title: 'Amount', right: true, cell: (p: Payment) => <span class="num">{money(p.amount)}</span> },
  ],
};

export function ShopList({ kind }: { kind: Kind }) {
  const status = param('status');
  const text = param('q').trim();
  const words = KIND_WORDS[kind];
  const [wanted, setWanted] = useState(PAGE);
  useEffect(() => setWanted(PAGE), [kind, status]);
  // A text is looked for in as many records as one page of the API has.
  const size = text ? SHOWN_MAX : wanted;
  const loaded = useLoad(`shop ${kind} ${status} ${size}`, (signal) => load(kind, size, status ? { status } : ({} as Record<string, string>), signal));
  const on = live.value && !away.value;
  useEffect(() => {
    if (!on) return undefined;
    const timer = window.setInterval(() => !document.hidden && loaded.reload(), EVERY_MS);
    return () => window.clearInterval(timer);
  }, [on]);
  const all = loaded.data?.rows ?? [];
  const low = text.toLowerCase();
  const rows = text ? all.filter((row) => JSON.stringify(row).toLowerCase().includes(low) || loaded.data!.users.get((row as Order).user_id ?? '')?.toLowerCase().includes(low)) : all;
  const columns = COLUMNS[kind];
  const more = loaded.data?.more ?? false;
  const looked = kind === 'products' ? `of the first ${all.length}` : `of the newest ${all.length}`;
  const note = more ? (text ? looked : kind === 'products' ? 'there are more' : 'the newest; there are older ones') : '';
  return (
    <div class="page">
      <h1 class="sr">{words[1]}</h1>
      <div class="tabs-row">
        <ShopTabs kind={kind} />
        <div class="trace-tools">
          <input type="search" aria-label={`Find in ${words[1].toLowerCase()}`} placeholder={kind === 'orders' ? 'Customer, id, product' : 'Name or id'} value={text} onInput={(e) => change({ q: e.currentTarget.value }, 'replace')} />
          <select aria-label="Status" value={status} onChange={(e) => change({ status: e.currentTarget.value })}>
            <option value="">Every status</option>
            {STATUSES[kind].map((s) => <option value={s}>{s.replace(/_/g, ' ')}</option>)}
          </select>
          {kind === 'orders' && <DemoOrder />}
        </div>
      </div>
      {loaded.problem && <Failed problem={loaded.problem} what={loaded.data ? 'What is shown is old' : `The ${words[1].toLowerCase()} could not be loaded`} retry={loaded.reload} />}
      {!loaded.data && loaded.loading && <Loading what={words[1].toLowerCase()} />}
      {loaded.data && rows.length === 0 && (
        <Empty title={text || status ? `No ${words[0].toLowerCase()} matches` : `No ${words[0].toLowerCase()} yet`}>
          {text || status ? <button type="button" onClick={() => change({ q: undefined, status: undefined })}>Show all</button> : <p>Place a demo order: it makes a user, an order, and a trace of each step.</p>}
          {!text && !status && kind !== 'orders' && <DemoOrder />}
        </Empty>
      )}
      {rows.length > 0 && (
        <section class="panel">
          <ListPanelHead title={plural(rows.length, words[0].toLowerCase())} note={note} />
          <div class="scroll">
            <table class={`list numbers shop-table ${kind}`} aria-label={words[1]}>
              <thead><tr>{columns.map((c) => <th scope="col" class={c.right ? 'right' : ''}>{c.title}</th>)}</tr></thead>
              <tbody>
                {rows.map((row) => {
                  const id = (row as { id: string }).id;
                  return (
                    <tr key={id} class="row" onClick={(e) => !(e.target as Element).closest('a') && !window.getSelection()?.toString() && go(href(`shop/${kind}/${id}`))}>
                      {columns.map((c) => <td class={c.right ? 'right' : ''}>{c.cell(row as never, loaded.data!)}</td>)}
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        </section>
      )}
      {more && all.length < SHOWN_MAX && (
        <p class="act-line"><button type="button" disabled={loaded.loading} onClick={() => setWanted(Math.min(SHOWN_MAX, all.length + PAGE))}>{kind === 'products' ? 'Show more' : 'Show older ones'}</button></p>
      )}
      {more && all.length >= SHOWN_MAX && <p class="note">Only {SHOWN_MAX} are shown here. Choose a status, or read all pages by the API.</p>}
    </div>
  );
}
