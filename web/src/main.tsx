import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/pages.css';
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { start } from './lib/live';
import { href, path } from './lib/location';
import { KINDS } from './lib/shop';
import { LogsPage } from './pages/logs';
import { OverviewPage } from './pages/overview';
import { ProcessPage } from './pages/process';
import { RequestsPage } from './pages/requests';
import { ServicePage, ServicesPage } from './pages/services';
import { ShopList } from './pages/shop_list';
import { OrderPage } from './pages/shop_order';
import { RecordPage } from './pages/shop_record';
import { TracePage } from './pages/trace';
import { TracesPage } from './pages/traces';
import { Empty } from './parts/states';
import { readStored } from './shell/keys';
import { applyTheme, Shell } from './shell/shell';

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function Page() {
  const [first, ...rest] = path.value.split('/');
  if (first === 'traces' && rest[0]) return <TracePage key={rest[0]} id={rest[0].toLowerCase()} />;
  if (first === '' || first === undefined) return <OverviewPage />;
  if (first === 'traces') return <TracesPage />;
  if (first === 'shop') {
    const kind = KINDS.find((k) => k === rest[0]) ?? 'orders';
    if (!rest[1]) return <ShopList key={kind} kind={kind} />;
    const id = decoded(rest[1]);
    return kind === 'orders' ? <OrderPage key={id} id={id} /> : <RecordPage key={`${kind} ${id}`} kind={kind} id={id} />;
  }
  if (first === 'logs') return <LogsPage />;
  if (first === 'requests') return <RequestsPage />;
  if (first === 'services' && rest[0]) return <ServicePage key={rest[0]} name={decoded(rest[0])} />;
  if (first === 'services') return <ServicesPage />;
  if (first === 'processes' && rest[0]) return <ProcessPage key={rest[0]} name={decoded(rest[0])} />;
  return (
    <Empty title="There is no such page">
      <p><a href={href('')}>To the overview</a></p>
    </Empty>
  );
}

function App() {
  const title = path.value.split('/').filter(Boolean).map((part) => part.slice(0, 12)).join(' ');
  useEffect(() => {
    document.title = `${title ? title[0]!.toUpperCase() + title.slice(1) : 'Overview'} · Tradewind`;
  }, [title]);
  return <Shell><Page /></Shell>;
}

applyTheme(readStored('tradewind.theme') as '' | 'light' | 'dark');
start();
render(<App />, document.getElementById('app')!);
