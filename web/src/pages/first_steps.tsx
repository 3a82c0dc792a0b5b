// What a page shows before anything has come: how to make something come.
import { useState } from 'preact/hooks';
import { Problem } from '../lib/api';
import { placeDemoOrder } from '../lib/demo';
import { status } from '../lib/live';
import { go, href } from '../lib/location';
import { Empty, Failed } from '../parts/states';
import { Copy } from '../parts/text';

export function DemoOrder() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | undefined>();
  const place = async () => {
    setBusy(true);
    setProblem(undefined);
    const made = await placeDemoOrder();
    setBusy(false);
    if (made instanceof Problem) setProblem(made);
    else go(href(`shop/orders/${made.id}`));
  };
  return (
    <>
      <button type="button" class="primary" disabled={busy} onClick={place}>{busy ? 'Placing the order …' : 'Place a demo order'}</button>
      {problem && <Failed problem={problem} what="The order was not placed" />}
    </>
  );
}

export function FirstSteps({ what }: { what: string }) {
  const ports = (status.value?.receivers ?? []).filter((r) => r.address);
  const open = ports.find((r) => /http/i.test(r.name ?? '') && !r.problem) ?? ports.find((r) => !r.problem);
  const example = `OTEL_EXPORTER_OTLP_ENDPOINT=http://${open?.address ?? ''}`;
  return (
    <Empty title={`No ${what} yet`}>
      <p>Everything that the shop does appears here within a second. Place an order, and look at what it did.</p>
      <DemoOrder />
      {ports.length > 0 && (
        <div class="senders">
          <p>Other programs may send here, too:</p>
          <ul>
            {ports.map((r) => (
              <li>{r.name} at <code>{r.address}</code> {r.problem ? <span class="warn-text">does not receive: {r.problem}</span> : 'is listening'}</li>
            ))}
          </ul>
          {open && <p class="command"><code>{example}</code><Copy text={example} label="Copy the setting" /></p>}
        </div>
      )}
    </Empty>
  );
}
