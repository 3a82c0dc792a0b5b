// One order: where it stands, what can be done with it, and what has happened, step by step with its trace.
import { useEffect, useRef, useState } from 'preact/hooks';
import { callShop, readShop } from '../lib/api';
import { clock, money, shortId, shortTime } from '../lib/format';
import { useLoad } from '../lib/load';
import { href } from '../lib/location';
import { useOrderEvents } from '../lib/order_events';
import { microsOf, type Order, type TimelineEntry } from '../lib/shop';
import { Empty, Failed, Loading } from '../parts/states';
import { Copy, Foreign, Line } from '../parts/text';
import { Joined } from './joined';
import { Actions } from './shop_actions';
import { StatusChip } from './shop_parts';

const WAY = ['pending', 'confirmed', 'fulfilled', 'completed'];

function Way({ order }: { order: Order }) {
  const at = WAY.indexOf(order.status ?? '');
  if (at < 0) return null;
  return (
    <ol class="way" aria-label="The order's way">
      {WAY.map((step, i) => <li class={i < at ? 'past' : i === at ? 'now' : ''} aria-current={i === at ? 'step' : undefined}>{step}</li>)}
    </ol>
  );
}

function Timeline({ entries, order }: { entries: TimelineEntry[]; order: Order }) {
  const first = microsOf(entries[0]?.at ?? order.created_at);
  return (
    <section class="panel">
      <div class="panel-head"><h2>What happened</h2></div>
      {entries.length === 0 ? <p class="panel-note note">The timeline has no entry yet.</p> : (
        <ol class="timeline">
          {entries.map((e) => (
            <li>
              <span class="num timeline-at" title={`+${((microsOf(e.at) - first) / 1000).toFixed(0)} ms`}>{clock(microsOf(e.at))}</span>
              <span class="timeline-what">
                <strong>{(e.type ?? '').replace(/^order\./, '').replace(/_/g, ' ')}</strong>
                {e.reason && <span class="warn-text"><Foreign text={e.reason.slice(0, 200)} /></span>}
                <span class="note">by <Line text={e.actor ?? ''} max={40} /></span>
              </span>
              <span class="timeline-status"><StatusChip status={e.status ?? ''} /><StatusChip status={e.payment_status ?? ''} /></span>
              {e.trace_id ? <a href={href(`traces/${e.trace_id}`, {}, false)}>trace</a> : <span class="note">no trace</span>}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

async function read(id: string, signal: AbortSignal): Promise<{ order: Order; etag: string; entries: TimelineEntry[] }> {
  const exchange = await callShop('GET', `/api/orders/${encodeURIComponent(id)}`, { signal, quiet: true });
  if (exchange.problem) throw exchange.problem;
  const timeline = await readShop<{ entries?: TimelineEntry[] }>(`/api/orders/${encodeURIComponent(id)}/timeline`, {}, signal).catch(() => ({ entries: [] as TimelineEntry[] }));
  return { order: JSON.parse(exchange.body) as Order, etag: exchange.etag, entries: timeline.entries ?? [] };
}

export function OrderPage({ id }: { id: string }) {
  const loaded = useLoad(`order ${id}`, (signal) => read(id, signal));
  const [round, setRound] = useState(0);
  const order = loaded.data?.order;
  const soon = useRef<number | undefined>(undefined);
  const again = () => {
    loaded.reload();
    // Spans and the timeline's newest entries come a moment after the answer.
    window.clearTimeout(soon.current);
    soon.current = window.setTimeout(() => {
      loaded.reload();
      setRound((n) => n + 1);
    }, 900);
  };
  useEffect(() => () => window.clearTimeout(soon.current), []);
  const told = useOrderEvents(order, again);
  // The timeline is written by a consumer of the order's events, so it may be behind the order.
  const written = Math.max(0, ...(loaded.data?.entries ?? []).map((e) => Number(e.version ?? 0)));
  const behind = written < Number(order?.version ?? 0);
  const open = behind || (!told && (order?.payment_status === 'processing' || order?.status === 'canceling'));
  useEffect(() => {
    if (!open) return undefined;
    const timer = window.setInterval(again, 2000);
    return () => window.clearInterval(timer);
  }, [open]);
  // What the order's own trace needs to come, when the order was placed a moment ago.
  useEffect(() => {
    if (!order || Date.now() - microsOf(order.created_at) / 1000 > 5000) return undefined;
    const timer = window.setTimeout(again, 800);
    return () => window.clearTimeout(timer);
  }, [order?.id]);
  if (!order) {
    if (loaded.loading) return <Loading what="the order" />;
    if (loaded.problem?.status === 404) return <Empty title="No order has this id"><p><code><Foreign text={id.slice(0, 100)} /></code></p><a href={href('shop/orders')}>All orders</a></Empty>;
    return <Failed problem={loaded.problem!} what="The order could not be loaded" retry={loaded.reload} />;
  }
  return (
    <div class="page">
      <header class="trace-head">
        <p class="crumbs"><a href={href('shop/orders')}>Orders</a> <span aria-hidden="true">/</span> <code>{id}</code> <Copy text={id} label="Copy the order's id" /></p>
        <div class="trace-title">
          <h1>Order {shortId(id)}</h1>
          <StatusChip status={order.status ?? ''} />
          <StatusChip status={order.payment_status === 'none' ? 'not paid' : order.payment_status ?? ''} />
        </div>
        <Way order={order} />
        <dl class="facts">
          <div><dt>Total</dt><dd class="num big">{money(order.total)}</dd></div>
          <div><dt>Created</dt><dd class="num">{shortTime(microsOf(order.created_at))}</dd></div>
          {order.status === 'pending' && <div><dt>Stock held until</dt><dd class="num">{shortTime(microsOf(order.expires_at), false)}</dd></div>}
          <div><dt>Version</dt><dd class="num">{loaded.data!.etag || order.version}</dd></div>
          {order.user_id && <div><dt>User</dt><dd><a href={href(`shop/users/${order.user_id}`)}><code>{shortId(order.user_id)}</code></a></dd></div>}
          {order.payment_id && <div><dt>Payment</dt><dd><a href={href(`shop/payments/${order.payment_id}`)}><code>{shortId(order.payment_id)}</code></a></dd></div>}
          {order.tracking && <div><dt>Tracking</dt><dd><Line text={order.tracking} max={80} /></dd></div>}
        </dl>
        {order.reason && <p class="warn-text"><Foreign text={order.reason.slice(0, 300)} /></p>}
      </header>
      {loaded.problem && <Failed problem={loaded.problem} what="What is shown is old" retry={loaded.reload} />}
      <div class="two">
        <Actions order={order} etag={loaded.data!.etag} done={again} />
        <section class="panel">
          <div class="panel-head"><h2>Lines</h2></div>
          <div class="scroll">
            <table class="list numbers" aria-label="Lines">
              <thead><tr><th scope="col">Product</th><th scope="col" class="right">Each</th><th scope="col" class="right">Number</th></tr></thead>
              <tbody>
                {(order.lines ?? []).map((l) => (
                  <tr>
                    <td class="clip"><a href={href(`shop/products/${l.product_id}`)}><Line text={l.name ?? l.product_id ?? ''} max={80} /></a></td>
                    <td class="right num">{money(l.unit_price)}</td>
                    <td class="right num">{l.quantity}</td>
                  </tr>
                ))}
                <tr class="sum"><td>Shipping and tax</td><td class="right num" colSpan={2}>{money(order.shipping)} + {money(order.tax)}</td></tr>
                <tr class="sum"><td><strong>Total</strong></td><td class="right num" colSpan={2}><strong>{money(order.total)}</strong></td></tr>
              </tbody>
            </table>
          </div>
        </section>
      </div>
      <Timeline entries={loaded.data!.entries} order={order} />
      <Joined name="shop.order.id" id={id} round={round} traceIds={[...new Set(loaded.data!.entries.map((e) => e.trace_id ?? '').filter(Boolean))]} />
    </div>
  );
}
