// The query: text, its history, and the server's error under the place that it speaks of.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from '../lib/api';
import { Icon } from './icon';
import { Foreign } from './text';

interface Props {
  value: string;
  label: string;
  placeholder: string;
  problem: Problem | undefined;
  suggestions: string[];
  onChange: (value: string) => void;
}

/** Where the error is, if its text names a character: "at character 12", "at 12". */
function placeOf(problem: Problem, length: number): number {
  const text = [problem.detail, ...problem.errors.map((e) => e.detail ?? '')].join(' ');
  const found = /\bat (?:character |position |column )?(\d+)/.exec(text);
  return found ? Math.min(Number(found[1]), length + 1) : 0;
}

export function QueryBox({ value, label, placeholder, problem, suggestions, onChange }: Props) {
  const [text, setText] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => setText(value), [value]);
  const bad = problem && problem.code === 'BAD_QUERY' && text === value ? problem : undefined;
  const at = bad ? placeOf(bad, value.length) : 0;
  return (
    <form
      class={`query ${bad ? 'bad' : ''}`}
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        onChange(text.trim());
      }}
    >
      <div class="query-field">
        <Icon name="search" />
        <input
          ref={input}
          type="search"
          class="query-input"
          aria-label={label}
          aria-invalid={bad ? 'true' : undefined}
          aria-describedby={bad ? 'query-error' : undefined}
          placeholder={placeholder}
          value={text}
          list="query-terms"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          onInput={(event) => {
            const next = event.currentTarget.value;
            setText(next);
            if (next === '' && value) onChange('');
          }}
        />
        <kbd aria-hidden="true">/</kbd>
        <button type="submit" class="primary">Search</button>
      </div>
      <datalist id="query-terms">
        {suggestions.map((s) => <option value={text && !s.startsWith(text) ? `${text.replace(/\S*$/, '')}${s}` : s} />)}
      </datalist>
      {bad && (
        <div id="query-error" class="query-error" role="alert">
          {at > 0 && <pre aria-hidden="true">{' '.repeat(at - 1)}<span class="caret">▲</span></pre>}
          <p><Foreign text={bad.errors[0]?.detail || bad.detail || bad.title} /></p>
        </div>
      )}
    </form>
  );
}

/** Quotes a value of a term where it has to be. */
export function term(key: string, value: string, negative = false): string {
  const plain = /^[\w./-]+$/.test(value) ? value : `"${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;
  return `${negative ? '-' : ''}${key}:${plain}`;
}

/** Splits a query into its terms, with quotes and brackets kept together. */
export function termsOf(query: string): string[] {
  return query.match(/(?:[^\s"(]|"(?:[^"\\]|\\.)*"?|\([^)]*\)?)+/g) ?? [];
}

/** Adds a term, or takes it away if it is there. */
export function toggled(query: string, wanted: string): string {
  const terms = termsOf(query);
  const rest = terms.filter((t) => t !== wanted);
  return (rest.length === terms.length ? [...terms, wanted] : rest).join(' ');
}
