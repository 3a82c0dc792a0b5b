// The log level of each part of a process, to read and to change.
import { useEffect, useState } from 'preact/hooks';
import { type Problem, put } from '../lib/api';
import { asProblem } from '../lib/load';
import type { Process } from '../lib/types';
import { Failed } from './states';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'off'];

export function LogLevels({ process }: { process: Process }) {
  const [levels, setLevels] = useState(process.log_levels ?? []);
  const [problem, setProblem] = useState<Problem | undefined>();
  const [said, setSaid] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => setLevels(process.log_levels ?? []), [process.log_levels]);
  const set = async (part: string, level: string) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const changed = await put<Process>(`q/processes/${encodeURIComponent(process.name ?? '')}/log_level`, { levels: part ? `${part}=${level}` : level });
      setLevels(changed.log_levels ?? []);
      setSaid(`${part || 'All parts'}: ${level}`);
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  const all = new Set(levels.map((l) => l.level));
  const select = (label: string, value: string, part: string) => (
    <label>
      <span>{label}</span>
      <select aria-label={`Log level of ${label}`} value={value} disabled={busy} onChange={(e) => void set(part, e.currentTarget.value)}>
        {!LEVELS.includes(value) && <option value={value}>{value || 'different'}</option>}
        {LEVELS.map((level) => <option value={level}>{level}</option>)}
      </select>
    </label>
  );
  return (
    <section class="panel">
      <div class="panel-head"><h2>Log levels</h2><span class="note">until the process ends</span></div>
      {problem && <Failed problem={problem} what="The level was not changed" />}
      <div class="levels">
        {select('all parts', all.size === 1 ? [...all][0]! : '', '')}
        {levels.map((l) => select(l.part ?? '', l.level ?? '', l.part ?? ''))}
      </div>
      <span class="sr" role="status">{said}</span>
    </section>
  );
}
