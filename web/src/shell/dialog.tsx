import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** A dialog above the page. Escape and a click beside it close it; the focus goes back to where it was. */
export function Dialog({ label, close, children, kind = '' }: { label: string; close: () => void; children: ComponentChildren; kind?: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Before anything else happens, so that no key that is pressed next is lost.
  useLayoutEffect(() => {
    const node = dialog.current!;
    const before = document.activeElement as HTMLElement | null;
    node.showModal();
    return () => before?.focus?.();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`dialog ${kind}`}
      aria-label={label}
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      {children}
    </dialog>
  );
}
