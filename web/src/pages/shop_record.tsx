// A user, a product or a payment: its fields, and what telemetry says of it.
import { readShop } from '../lib/api';
import { dateTime, money, shortId } from '../lib/format';
import { useLoad } from '../lib/load';
import { href } from '../lib/location';
import { type Kind, KEYS, KIND_WORDS, microsOf, type Money, type Order } from '../lib/shop';
import { Empty, Failed, Loading } from '../parts/states';
import { Copy, Foreign, Value } from '../parts/text';
import { Joined } from './joined';
import { StatusChip } from './shop_parts';

const LINKS: Record<string, Kind> = { user_id: 'users', order_id: 'orders', product_id: 'products', payment_id: 'payments' };

function Field({ name, value }: { name: string; value: unknown }) {
  if (LINKS[name] && typeof value === 'string' && value) return <a href={href(`shop/${LINKS[name]}/${value}`)}><code>{value}</code></a>;
  if (/status$/.test(name) && typeof value === 'string') return <StatusChip status={value} />;
  if (/_at$/.test(name) && typeof value === 'string' && value) return <span class="num">{dateTime(microsOf(value))}</span>;
  if (value && typeof value === 'object' && 'currency' in value) return <span class="num">{money(value as Money)}</span>;
  if (value && typeof value === 'object') return <span class="num">{Object.entries(value).map(([k, v]) => `${k.replace(/_/g, ' ')} ${String(v)}`).join(' · ')}</span>;
  const text = String(value ?? '');
  return text ? <Value text={text} /> : <span class="note">–</span>;
}

function OrdersOf({ user }: { user: string }) {
  const loaded = useLoad(`orders of ${user}`, (signal) => readShop<{ orders?: Order[] }>('/api/orders', { user_id: user, page_size: 50, newest_first: 'true' }, signal));
  const orders = loaded.data?.orders ?? [];
  return (
    <section class="panel">
      <div class="panel-head"><h2>Orders</h2></div>
      {loaded.data && orders.length === 0 && <p class="panel-note note">This user has ordered nothing yet.</p>}
      {orders.length > 0 && (
        <div class="scroll">
          <table class="list numbers" aria-label="Orders of the user">
            <tbody>
              {orders.map((o) => (
                <tr>
                  <td><a href={href(`shop/orders/${o.id}`)}><code>{shortId(o.id)}</code></a></td>
                  <td class="num">{dateTime(microsOf(o.created_at)).slice(0, 19)}</td>
                  <td><StatusChip status={o.status ?? ''} /></td>
                  <td><StatusChip status={o.payment_status ?? ''} /></td>
                  <td class="right num">{money(o.total)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

export function RecordPage({ kind, id }: { kind: Kind; id: string }) {
  const [one, many] = KIND_WORDS[kind];
  const loaded = useLoad(`${kind} ${id}`, (signal) => readShop<Record<string, unknown>>(`/api/${kind}/${encodeURIComponent(id)}`, {}, signal));
  const record = loaded.data;
  if (!record) {
    if (loaded.loading) return <Loading what={`the ${one.toLowerCase()}`} />;
    if (loaded.problem?.status === 404) return <Empty title={`No ${one.toLowerCase()} has this id`}><p><code><Foreign text={id.slice(0, 100)} /></code></p><a href={href(`shop/${kind}`)}>All {many.toLowerCase()}</a></Empty>;
    return <Failed problem={loaded.problem!} what={`The ${one.toLowerCase()} could not be loaded`} retry={loaded.reload} />;
  }
  return (
    <div class="page">
      <header class="trace-head">
        <p class="crumbs"><a href={href(`shop/${kind}`)}>{many}</a> <span aria-hidden="true">/</span> <code>{id}</code> <Copy text={id} label="Copy the id" /></p>
        <div class="trace-title">
          <h1><Foreign text={String(record.name ?? `${one} ${shortId(id)}`).slice(0, 200)} /></h1>
          <StatusChip status={String(record.status ?? '')} />
        </div>
      </header>
      <section class="panel">
        <div class="panel-head"><h2>Fields</h2></div>
        <dl class="fields">
          {Object.entries(record).map(([name, value]) => <div><dt>{name.replace(/_/g, ' ')}</dt><dd><Field name={name} value={value} /></dd></div>)}
        </dl>
      </section>
      {kind === 'users' && <OrdersOf user={id} />}
      <Joined name={KEYS[kind]} id={id} round={0} />
    </div>
  );
}
