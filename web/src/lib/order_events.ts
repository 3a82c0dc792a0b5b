// The events of one order, as the shop sends them. A hidden tab closes the stream.
import { useEffect, useRef, useState } from 'preact/hooks';
import { urlOf } from './api';
import type { Order } from './shop';
import { takePlace } from './streams';

const ENDED = /^(completed|canceled|expired)$/;
const NO_PLACE_MS = 5_000;
const REFUSED_MS = 30_000;

/** Calls `changed` when the order has a later version. Returns whether the shop tells that by itself at the moment. */
export function useOrderEvents(order: Order | undefined, changed: () => void): boolean {
  const [told, setTold] = useState(false);
  const latest = useRef({ version: 0, changed });
  latest.current = { version: Number(order?.version ?? 0), changed };
  const id = order?.id ?? '';
  const ended = ENDED.test(order?.status ?? '');
  useEffect(() => {
    if (!id || ended) return undefined;
    let source: EventSource | undefined;
    let release: (() => void) | undefined;
    let retry: number | undefined;
    let round = 0;
    const close = () => {
      round += 1;
      source?.close();
      release?.();
      source = release = undefined;
      window.clearTimeout(retry);
      setTold(false);
    };
    const open = async () => {
      close();
      if (document.hidden) return;
      const mine = round;
      const place = await takePlace();
      if (mine !== round) return place?.();
      if (!place) {
        retry = window.setTimeout(open, NO_PLACE_MS);
        return undefined;
      }
      release = place;
      // After a break the browser itself connects again, with the last event's id.
      const stream = new EventSource(urlOf(`shop/api/orders/${encodeURIComponent(id)}/events`));
      source = stream;
      stream.onopen = () => setTold(true);
      stream.onmessage = (message) => {
        if (Number(message.lastEventId) > latest.current.version) latest.current.changed();
      };
      stream.onerror = () => {
        if (source !== stream) return;
        setTold(false);
        if (stream.readyState !== EventSource.CLOSED) return;
        // The stream is refused.
        close();
        retry = window.setTimeout(open, REFUSED_MS);
      };
      return undefined;
    };
    document.addEventListener('visibilitychange', open);
    window.addEventListener('pagehide', close);
    void open();
    return () => {
      document.removeEventListener('visibilitychange', open);
      window.removeEventListener('pagehide', close);
      close();
    };
  }, [id, ended]);
  return told;
}
