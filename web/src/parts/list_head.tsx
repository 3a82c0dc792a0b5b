export function ListPanelHead({ title, note = '' }: { title: string; note?: string }) {
  return (
    <div class="panel-head">
      <h2>{title}</h2>
      {note && <span class="note">{note}</span>}
    </div>
  );
}
