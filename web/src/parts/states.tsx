// What a page shows when there is nothing to show, and when something failed.
import type { ComponentChildren } from 'preact';
import type { Problem } from '../lib/api';
import { href } from '../lib/location';
import { Icon } from './icon';
import { Foreign } from './text';

export function Failed({ problem, what, retry }: { problem: Problem; what: string; retry?: (() => void) | undefined }) {
  return (
    <div class="failed" role="alert">
      <Icon name="warning" />
      <div class="failed-text">
        <strong>{what}</strong>
        <p>
          {problem.status > 0 && <span>{problem.status} </span>}
          <Foreign text={(problem.detail || problem.title).slice(0, 500)} />
          {problem.code && <code class="code">{problem.code}</code>}
        </p>
        {problem.errors.length > 0 && (
          <ul>
            {problem.errors.slice(0, 10).map((e) => <li><code>{e.pointer}</code> <Foreign text={e.detail ?? ''} /></li>)}
          </ul>
        )}
        {problem.traceId && <a href={href(`traces/${problem.traceId}`)}>Its trace</a>}
      </div>
      {retry && <button type="button" onClick={retry}>Try again</button>}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return <p class="loading" role="status">Loading {what} …</p>;
}
