// Foreign text: always text, what cannot be seen is named, and what is long is clipped until somebody asks for all of it.
import { useState } from 'preact/hooks';
import { bytes, pieces } from '../lib/format';
import { Icon } from './icon';

const SHOWN = 400;

export function Foreign({ text }: { text: string }) {
  const found = pieces(text);
  if (found.length === 1 && !found[0]!.unseen) return <bdi>{text}</bdi>;
  return <bdi>{found.map((p) => (p.unseen ? <span class="unseen">{p.text}</span> : p.text))}</bdi>;
}

/** One line of foreign text that may be cut at its end by the page's width. */
export function Line({ text, max = 300 }: { text: string; max?: number }) {
  return <Foreign text={text.length > max ? `${text.slice(0, max)}…` : text} />;
}

export function Value({ text }: { text: string }) {
  const [all, setAll] = useState(false);
  const long = text.length > SHOWN;
  return (
    <>
      <Foreign text={long && !all ? `${text.slice(0, SHOWN)}…` : text} />
      {long && (
        <button class="link" type="button" onClick={() => setAll(!all)}>
          {all ? 'show less' : `show all ${bytes(text.length)}`}
        </button>
      )}
    </>
  );
}

const FOLDED_FROM = 160;

/** A text of the contract. All of it is there; a long one is folded to two lines until somebody asks for the rest. */
export function Description({ text, id }: { text: string; id?: string }) {
  const [open, setOpen] = useState(false);
  const long = text.length > FOLDED_FROM;
  return (
    <div class="description note">
      <p id={id} class={long && !open ? 'folded' : undefined}><Foreign text={text} /></p>
      {long && <button type="button" class="link" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? 'Show less' : 'Show all'}</button>}
    </div>
  );
}

/** `word`: shown beside the icon, where there is more than one thing to copy. */
export function Copy({ text, label, word }: { text: string; label: string; word?: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement('textarea');
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
    setDone(true);
    window.setTimeout(() => setDone(false), 1500);
  };
  return (
    <button class={word ? 'copy-word' : 'icon-button'} type="button" title={done ? 'Copied' : label} aria-label={label} onClick={copy}>
      {done ? <span class="done">✓</span> : <Icon name="copy" size={14} />}
      {word}
      <span class="sr" role="status">{done ? 'Copied' : ''}</span>
    </button>
  );
}
