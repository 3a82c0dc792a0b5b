// Log records by what they say: texts that differ in values alone are one pattern. A click keeps the records of a pattern.
import { clock, count, severityWord } from '../lib/format';
import type { LogPattern, LogPatternList } from '../lib/types';
import { Service } from './marks';
import { term } from './query_box';
import { Line } from './text';

const TEXTS_MAX = 4;

const quoted = (text: string) => `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;

/** The terms that the records of a pattern match: its service, its event, and the longest of its texts. */
export function termsOfPattern(pattern: LogPattern): string[] {
  const texts = (pattern.texts ?? []).map((t) => t.trim()).filter((t) => /[\p{L}\p{N}]/u.test(t));
  const longest = [...new Set(texts)].sort((a, b) => b.length - a.length).slice(0, TEXTS_MAX);
  return [
    ...(pattern.service ? [term('service', pattern.service)] : []),
    ...(pattern.event_name ? [term('event', pattern.event_name)] : []),
    ...longest.map((t) => quoted(t.slice(0, 200))),
  ];
}

function Template({ texts }: { texts: string[] }) {
  return (
    <>
      {texts.map((text, i) => (
        <>
          {i > 0 && <span class="pattern-value" title="a value">{'{}'}</span>}
          {text && <Line text={text} max={200} />}
        </>
      ))}
    </>
  );
}

export function LogPatterns({ list, onChoose }: { list: LogPatternList; onChoose: (pattern: LogPattern) => void }) {
  const patterns = list.patterns ?? [];
  const most = Math.max(...patterns.map((p) => p.count ?? 0), 1);
  return (
    <div class="scroll">
      <table class="list patterns" aria-label="Patterns of log records">
        <thead>
          <tr><th scope="col" class="right">Records</th><th scope="col">Level</th><th scope="col">Service</th><th scope="col">Pattern</th><th scope="col" class="right">First</th><th scope="col" class="right">Last</th></tr>
        </thead>
        <tbody>
          {patterns.map((p) => {
            const word = severityWord(p.severity ?? 0);
            return (
              <tr class="row" onClick={() => onChoose(p)}>
                <td class="right num"><span class="pattern-bar" aria-hidden="true" style={{ width: `${((p.count ?? 0) / most) * 100}%` }} /><span class="pattern-count">{count(p.count ?? 0)}</span></td>
                <td><span class={`severity ${word}`}>{word.toUpperCase()}</span></td>
                <td><Service name={p.service ?? ''} /></td>
                <td class="pattern-text">
                  <button type="button" class="link" data-row onClick={(e) => (e.stopPropagation(), onChoose(p))}>
                    {p.event_name && <span class="log-event"><Line text={p.event_name} max={80} /></span>}
                    <Template texts={p.texts ?? []} />
                  </button>
                </td>
                <td class="right num note">{clock(p.first_us ?? 0, false)}</td>
                <td class="right num note">{clock(p.last_us ?? 0, false)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
