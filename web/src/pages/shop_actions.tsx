// What can be done with an order: each action shows its request before it is sent, and its answer after.
import { useState } from 'preact/hooks';
import { callShop, type Exchange, newKey } from '../lib/api';
import { type Order, TOKENS } from '../lib/shop';
import { Answer, RequestText } from '../parts/exchange';
import { StatusChip } from './shop_parts';

interface Stale {
  had: Order;
  /** Nothing if it could not be read. */
  now: Order | undefined;
}

async function orderNow(id: string): Promise<Order | undefined> {
  const read = await callShop('GET', `/api/orders/${encodeURIComponent(id)}`, { quiet: true });
  return read.problem ? undefined : (JSON.parse(read.body) as Order);
}

/** The order was changed between what the page shows and the click: both versions, and the way to the newer one. */
function Conflict({ stale, reload }: { stale: Stale; reload: () => void }) {
  const row = (what: string, order: Order | undefined) => (
    <tr>
      <th scope="row">{what}</th>
      <td class="num">{order?.version ?? '?'}</td>
      <td>{order ? <StatusChip status={order.status ?? ''} /> : 'could not be read'}</td>
      <td>{order && <StatusChip status={order.payment_status === 'none' ? 'not paid' : order.payment_status ?? ''} />}</td>
    </tr>
  );
  return (
    <div class="conflict">
      <table class="list" aria-label="Both versions of the order">
        <thead><tr><th scope="col"><span class="sr">Which</span></th><th scope="col">Version</th><th scope="col">Status</th><th scope="col">Payment</th></tr></thead>
        <tbody>
          {row('This page had', stale.had)}
          {row('It is now', stale.now)}
        </tbody>
      </table>
      <p class="acts"><button type="button" class="primary" onClick={reload}>Reload</button> <span class="note">Nothing was changed by your request.</span></p>
    </div>
  );
}

type Act = 'pay' | 'cancel' | 'fulfil' | 'complete';
const ACTS: Record<string, Act[]> = { pending: ['pay', 'cancel'], confirmed: ['fulfil', 'cancel'], fulfilled: ['complete'] };
const ACT_WORDS: Record<Act, string> = { pay: 'Pay', cancel: 'Cancel the order', fulfil: 'Fulfil', complete: 'Complete' };

export function Actions({ order, etag, done }: { order: Order; etag: string; done: () => void }) {
  const possible = ACTS[order.status ?? ''] ?? [];
  const [chosen, setChosen] = useState<Act | ''>('');
  const [token, setToken] = useState('tok_ok');
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [key, setKey] = useState(newKey());
  const [last, setLast] = useState<Exchange | undefined>();
  const [stale, setStale] = useState<Stale | undefined>();
  const act = possible.includes(chosen as Act) ? (chosen as Act) : possible[0];
  const path = `/api/orders/${order.id}/${act}`;
  const body = act === 'pay' ? { payment_token: token } : act === 'cancel' ? { reason: text || 'changed my mind' } : act === 'fulfil' ? { tracking: text || 'parcel 4711' } : {};
  const headers: Record<string, string> = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
  if (act !== 'pay' && etag) headers['If-Match'] = etag;
  const send = async () => {
    setBusy(true);
    // A payment may take seconds; what is known of it meanwhile is shown.
    const meanwhile = window.setInterval(done, 1500);
    const exchange = await callShop('POST', path, { body, headers });
    window.clearInterval(meanwhile);
    setLast(exchange);
    setStale(exchange.status === 412 ? { had: order, now: await orderNow(order.id) } : undefined);
    setBusy(false);
    setKey(newKey());
    if (exchange.status === 412) return;
    setText('');
    done();
  };
  const reload = () => {
    setStale(undefined);
    setLast(undefined);
    done();
  };
  return (
    <section class="panel">
      <div class="panel-head"><h2>Actions</h2></div>
      <div class="acts-body">
        {act ? (
          <>
            <div class="act-line">
              {possible.length > 1 && (
                <div class="segments" role="group" aria-label="What to do">
                  {possible.map((a) => <button type="button" aria-pressed={a === act} onClick={() => setChosen(a)}>{ACT_WORDS[a]}</button>)}
                </div>
              )}
              {act === 'pay' && (
                <label class="field">
                  <span>Token</span>
                  <select value={token} onChange={(e) => setToken(e.currentTarget.value)}>
                    {TOKENS.map(([name, what]) => <option value={name}>{name} – {what}</option>)}
                  </select>
                </label>
              )}
              {(act === 'cancel' || act === 'fulfil') && (
                <label class="field">
                  <span>{act === 'cancel' ? 'Reason' : 'Tracking'}</span>
                  <input value={text} placeholder={act === 'cancel' ? 'changed my mind' : 'parcel 4711'} maxLength={200} onInput={(e) => setText(e.currentTarget.value)} />
                </label>
              )}
              <button type="button" class="primary" disabled={busy} onClick={send}>{busy ? 'Waiting for the answer …' : act === 'cancel' ? 'Cancel it' : ACT_WORDS[act]}</button>
            </div>
            <RequestText method="POST" path={path} headers={headers} body={JSON.stringify(body)} />
          </>
        ) : <p class="note">Nothing more can be done with an order that is {order.status}.</p>}
        {last && <Answer exchange={last} />}
        {stale && <Conflict stale={stale} reload={reload} />}
      </div>
    </section>
  );
}
