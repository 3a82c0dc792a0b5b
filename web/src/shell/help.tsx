import { Icon } from '../parts/icon';
import { Dialog } from './dialog';
import { KEYS, singleKeys, switchSingleKeys } from './keys';

const QUERIES: [string, string][] = [
  ['word "two words"', 'has this text'],
  ['service:order*', 'this service; * stands for any text'],
  ['duration>200ms', 'a span that takes longer; = != > >= < <='],
  ['trace.duration>1s', 'the whole trace takes longer'],
  ['error', 'a span that failed'],
  ['http.route:(/a|/b)', 'one of several values of any attribute'],
  ['-name:*health*', 'without this; several terms must all hold'],
  ['severity>=warn', 'log records of this severity or above'],
];

export function Help({ close }: { close: () => void }) {
  return (
    <Dialog label="Keys and queries" close={close}>
      <div class="dialog-head">
        <h2>Keys and queries</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={close}><Icon name="close" /></button>
      </div>
      <h3 class="help-title">Keys</h3>
      <dl class="keys">
        {KEYS.map((k) => (
          <div>
            <dt>{k.keys.split(' ').map((one, i) => (/^(or|then)$/.test(one) ? <span> {one} </span> : <>{i > 0 && ' '}<kbd>{one}</kbd></>))}</dt>
            <dd>{k.what}</dd>
          </div>
        ))}
      </dl>
      <h3 class="help-title">Queries</h3>
      <dl class="keys">
        {QUERIES.map(([text, what]) => <div><dt><code>{text}</code></dt><dd>{what}</dd></div>)}
      </dl>
      <label class="check">
        <input type="checkbox" checked={singleKeys.value} onChange={(e) => switchSingleKeys(e.currentTarget.checked)} />
        Single keys act
      </label>
    </Dialog>
  );
}
