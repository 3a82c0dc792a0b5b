// The frame of a list that grows: its title, what waits at the top, and how far back it goes.
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { clock, count } from '../lib/format';
import type { LiveList } from '../lib/live_list';
import { live } from '../lib/live';
import { onKey } from '../shell/keys';
import { Failed } from './states';

interface Props<T> {
  list: LiveList<T>;
  title: string;
  what: string;
  grows: boolean;
  tools?: ComponentChildren;
  children: ComponentChildren;
}

export function ListPanel<T>({ list, title, what, grows, tools, children }: Props<T>) {
  useEffect(() =>
    onKey((pressed) => {
      const step = pressed === 'j' || pressed === 'ArrowDown' ? 1 : pressed === 'k' || pressed === 'ArrowUp' ? -1 : 0;
      const places = [...(list.box.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
      if (!step || !places.length) return false;
      const current = places.indexOf(document.activeElement as HTMLElement);
      places[Math.max(0, Math.min(places.length - 1, current + step))]!.focus();
      return true;
    }), []);
  return (
    <section class="panel" ref={list.box as never} {...list.hold}>
      <div class="panel-head">
        <h2>{title}</h2>
        {list.gap > 0 && <span class="warn-text">{count(list.gap)} left out: they came faster than the page takes them</span>}
        {tools}
      </div>
      {list.waiting.length > 0 && <button type="button" class="new-rows" onClick={list.showWaiting}>Show {count(list.waiting.length)} new</button>}
      {children}
      {list.moreProblem && <Failed problem={list.moreProblem} what={`Older ${what} could not be loaded`} retry={list.loadMore} />}
      <div class="list-foot">
        {list.token ? (
          <>
            <button type="button" disabled={list.loadingMore} onClick={list.loadMore}>{list.loadingMore ? 'Loading …' : `Older ${what}`}</button>
            {list.searchedBackTo > 0 && <span class="note">Searched back to {clock(list.searchedBackTo, false)}.</span>}
          </>
        ) : (
          <span class="note">{live.value && grows ? `New ${what} appear at the top.` : 'That is all.'}</span>
        )}
      </div>
    </section>
  );
}
