// The answers of `/q`, as proto/console.proto has them. Fields with default values may be absent, so readers use `?? 0`.

export interface Status {
  shop_url?: string;
  kept_from_us?: number;
  kept_to_us?: number;
  traces?: number;
  spans?: number;
  log_records?: number;
  bytes?: number;
  bytes_max?: number;
  received?: number;
  losses?: { reason?: string; records?: number; last_us?: number }[];
  receivers?: { name?: string; address?: string; problem?: string }[];
  version?: string;
  started_us?: number;
  left_out?: number;
  share_stored?: number;
  pinned_traces?: number;
  pinned_bytes?: number;
}

export interface Counts {
  calls?: number;
  refused?: number;
  errors?: number;
  p50_ns?: number;
  p95_ns?: number;
  p99_ns?: number;
}

export interface MapNode {
  name?: string;
  kind?: string;
  calls?: number;
  errors?: number;
}

export interface ServiceMap {
  nodes?: MapNode[];
  edges?: { from?: string; to?: string; counts?: Counts }[];
  operations?: { service?: string; name?: string; counts?: Counts }[];
  from_us?: number;
  to_us?: number;
}

export interface TraceSummary {
  trace_id: string;
  start_us?: number;
  duration_ns?: number;
  service?: string;
  name?: string;
  status?: string;
  spans?: number;
  errors?: number;
  error?: string;
  services?: string[];
  root_missing?: boolean;
  outcome?: string;
}

export interface PinnedTrace {
  summary?: TraceSummary;
  pinned_us?: number;
  bytes?: number;
}

export interface PinnedList {
  traces?: PinnedTrace[];
  bytes?: number;
  bytes_max?: number;
}

export interface TraceList {
  traces?: TraceSummary[];
  next_page_token?: string;
  searched_back_to_us?: number;
}

export interface Facet {
  key?: string;
  values?: { value?: string; count?: number }[];
}

export interface FacetList {
  facets?: Facet[];
  counted?: number;
  more?: boolean;
}

export interface TraceColumns {
  summary?: TraceSummary;
  texts?: string[];
  span_ids?: string[];
  parents?: number[];
  orphans?: boolean[];
  start_ns?: number[];
  duration_ns?: number[];
  names?: number[];
  services?: number[];
  kinds?: number[];
  statuses?: number[];
  notes?: number[];
  logs?: number[];
  critical_path?: { span?: number; start_ns?: number; duration_ns?: number }[];
  spans_left_out?: number;
  pinned?: boolean;
}

export interface Attribute {
  key?: string;
  value?: string;
  type?: string;
}

export interface SpanDetail {
  trace_id?: string;
  span_id?: string;
  parent_span_id?: string;
  name?: string;
  service?: string;
  kind?: number;
  start_us?: number;
  duration_ns?: number;
  status?: number;
  status_message?: string;
  trace_state?: string;
  attributes?: Attribute[];
  events?: { time_us?: number; name?: string; attributes?: Attribute[] }[];
  links?: { trace_id?: string; span_id?: string; attributes?: Attribute[] }[];
  resource?: Attribute[];
  scope_name?: string;
  scope_version?: string;
  dropped_attributes?: number;
  dropped_events?: number;
  dropped_links?: number;
}

export interface LogRecord {
  id: string;
  time_us?: number;
  service?: string;
  severity?: number;
  severity_text?: string;
  event_name?: string;
  body?: string;
  trace_id?: string;
  span_id?: string;
  attributes?: Attribute[];
  resource?: Attribute[];
}

export interface LogList {
  records?: LogRecord[];
  next_page_token?: string;
  searched_back_to_us?: number;
}

export interface WatchEvent {
  status?: Status;
  trace?: TraceSummary;
  log?: LogRecord;
  gap?: number;
}

export interface LogPattern {
  texts?: string[];
  count?: number;
  service?: string;
  event_name?: string;
  severity?: number;
  first_us?: number;
  last_us?: number;
}

export interface LogPatternList {
  patterns?: LogPattern[];
  counted?: number;
  others?: number;
  more?: boolean;
}

export interface Setting {
  key?: string;
  value?: string;
  origin?: string;
  help?: string;
}

export interface Process {
  name?: string;
  problems?: { page?: string; problem?: string }[];
  ready?: boolean;
  reasons?: string[];
  modules?: { name?: string; ready?: boolean; reasons?: string[] }[];
  services?: string[];
  version?: string;
  uptime_s?: number;
  memory_bytes?: number;
  loop_lag_us?: number[];
  http_connections?: number;
  waiting_tasks?: number;
  requests?: { service?: string; http?: number; rpc?: number }[];
  log_levels?: { part?: string; level?: string }[];
  settings?: Setting[];
}

export interface ProcessList {
  processes?: Process[];
}
