"""Runtime: are the processes themselves well, and does what they tell arrive."""

from generator.layout import Row
from generator.layout import dashboard as make
from generator.panels import OURS, Panel, Query, stat

PROCESS = "{{service_name}} {{instance}}"
LOOP = PROCESS + " loop {{tw_loop_index}}"
COLLECTOR = 'job="otel-collector"'

LOOPS = Row(
    "Event loops",
    [
        Panel(
            "Lag of the loops",
            "Does something block a loop? All requests of that loop wait as long.",
            [Query(f"max_over_time(tw_loop_lag_seconds{{{OURS}}}[$interval])", LOOP)],
            unit="s",
            steps=[(None, "green"), (0.05, "red")],
        ),
        Panel(
            "Utilisation of the loops",
            "Is a loop's thread near its limit, or one loop far busier than the others?",
            [Query(f"tw_loop_utilization_ratio{{{OURS}}}", LOOP)],
            unit="percentunit",
            steps=[(None, "green"), (0.85, "red")],
        ),
        Panel(
            "Requests and calls in flight",
            "How much is being worked on? A rise at a steady rate of requests means that something below became slow.",
            [
                Query(f"sum by (service_name) (http_server_active_requests{{{OURS}}})", "{{service_name}} HTTP"),
                Query(f"sum by (service_name) (tw_rpc_server_active_calls{{{OURS}}})", "{{service_name}} RPC"),
            ],
        ),
        Panel(
            "Blocking work that waits",
            "Have the workers (SQLite's writer, files) fallen behind?",
            [Query(f"sum by (service_name, instance) (tw_workers_queued{{{OURS}}})", PROCESS)],
            steps=[(None, "green"), (100, "red")],
        ),
    ],
)

OVERLOAD = Row(
    "Overload",
    [
        Panel(
            "Calls refused",
            "Which calls are refused because a module is overloaded? Background calls go first, and payments last.",
            [
                Query(
                    f"sum by (service_name, tw_rpc_priority, error_type) (rate(tw_rpc_calls_refused_total{{{OURS}}}[$interval]))",
                    "{{service_name}} {{tw_rpc_priority}} {{error_type}}",
                )
            ],
            unit="reqps",
            steps=[(None, "green"), (1, "red")],
        ),
        Panel(
            "Limit of concurrent calls",
            "How many calls does each module serve at once at most? A fall means that its calls take longer than usual.",
            [Query(f"sum by (service_name) (tw_rpc_concurrency_limit{{{OURS}}})", "{{service_name}}")],
        ),
        Panel(
            "Calls that wait for room",
            "Is the limit reached? A burst waits here for a moment.",
            [Query(f"sum by (service_name) (tw_rpc_calls_waiting{{{OURS}}})", "{{service_name}}")],
        ),
        Panel(
            "Replicas without calls",
            "Which replicas get no calls because they all failed (circuit open), or were ejected because they fail more often than others?",
            [
                Query(
                    f'sum by (service_name, tw_breaker_name) (tw_breaker_state{{{OURS},tw_breaker_name!="redis"}})',
                    "{{service_name}} skips {{tw_breaker_name}}",
                ),
                Query(
                    f"sum by (service_name, server_address) (increase(tw_rpc_replica_ejections_total{{{OURS}}}[$interval]))",
                    "{{service_name}} ejected one of {{server_address}}",
                ),
            ],
            steps=[(None, "green"), (1, "red")],
        ),
    ],
)

PROCESSES = Row(
    "Processes",
    [
        Panel(
            "CPU",
            "How many cores does each process use?",
            [Query(f"sum by (service_name, instance) (rate(process_cpu_time_seconds_total{{{OURS}}}[$interval]))", PROCESS)],
            stacked=True,
        ),
        Panel(
            "Memory",
            "How much does each process keep in memory, and does it come to rest?",
            [Query(f"sum by (service_name, instance) (process_memory_usage_bytes{{{OURS}}})", PROCESS)],
            unit="bytes",
        ),
        Panel(
            "File descriptors",
            "Do connections or files leak? `ulimit -n` is the end.",
            [Query(f"sum by (service_name, instance) (process_open_file_descriptor{{{OURS}}})", PROCESS)],
        ),
        Panel(
            "Time since the start",
            "Was something restarted? A fall to nought is a start.",
            [Query(f"max by (service_name, instance) (process_uptime_seconds{{{OURS}}})", PROCESS)],
            unit="s",
        ),
        Panel(
            "Modules ready",
            "Which module cannot do its work? GET /ready?verbose on its operations port says why.",
            [Query(f"sum by (service_name) (tw_module_ready{{{OURS}}})", "{{service_name}}")],
            width=8,
        ),
        Panel(
            "Certificates end in",
            "Which certificate must be renewed next? Empty where nothing is served by TLS.",
            [
                Query(
                    f"min by (service_name, file_path) (tw_tls_certificate_expiry_seconds{{{OURS}}}) or on () vector(NaN)",
                    "{{service_name}} {{file_path}}",
                )
            ],
            unit="dtdurations",
            steps=[(None, "red"), (2 * 86400, "yellow"), (14 * 86400, "green")],
            names={"nan": "no TLS"},
            width=8,
        ),
        Panel(
            "TLS handshakes",
            "Are sessions resumed, and who is refused?",
            [
                Query(
                    f"sum by (tw_tls_port, tw_tls_outcome) (rate(tw_tls_server_handshakes_total{{{OURS}}}[$interval])) or on () vector(0)",
                    "{{tw_tls_port}} {{tw_tls_outcome}}",
                )
            ],
            unit="ops",
            width=8,
        ),
    ],
)

TELEMETRY = Row(
    "Telemetry itself",
    [
        stat(
            "Records lost",
            "Can the dashboards and traces be trusted for the time shown?",
            f"sum(increase(tw_telemetry_dropped_total{{{OURS}}}[$__range]))",
            steps=[(None, "green"), (1, "red")],
            width=6,
        ),
        stat(
            "Targets down",
            "Is everything scraped, the collector included?",
            "count(up == 0) or vector(0)",
            steps=[(None, "green"), (1, "red")],
            width=6,
        ),
        stat(
            "Collector's fullest queue",
            "Do Jaeger and Loki take what the collector has for them?",
            f"max(otelcol_exporter_queue_size{{{COLLECTOR}}} / otelcol_exporter_queue_capacity{{{COLLECTOR}}})",
            unit="percentunit",
            steps=[(None, "green"), (0.5, "yellow"), (0.9, "red")],
            width=6,
        ),
        stat(
            "Collector's memory",
            "Is the collector far from the limit at which it refuses telemetry?",
            f"max(otelcol_process_memory_rss{{{COLLECTOR}}})",
            unit="bytes",
            width=6,
        ),
        Panel(
            "Sent by the processes",
            "How much telemetry leaves the processes?",
            [
                Query(f"sum(rate(otel_sdk_exporter_span_exported_total{{{OURS}}}[$interval]))", "spans"),
                Query(f"sum(rate(otel_sdk_exporter_log_exported_total{{{OURS}}}[$interval]))", "log records"),
                Query(f"sum(rate(otel_sdk_exporter_metric_data_point_exported_total{{{OURS}}}[$interval]))", "metric points"),
            ],
            unit="ops",
        ),
        Panel(
            "Lost by the processes",
            "What is lost on the way out, and why? queue_full: the receiver is too slow or away; rejected: it refuses what it gets.",
            [
                Query(
                    f"sum by (service_name, tw_telemetry_signal, error_type) (increase(tw_telemetry_dropped_total{{{OURS}}}[$interval]))",
                    "{{service_name}} {{tw_telemetry_signal}} {{error_type}}",
                )
            ],
            steps=[(None, "green"), (1, "red")],
        ),
        Panel(
            "Waiting in the processes",
            "Does telemetry pile up before the collector?",
            [
                Query(f"sum by (tw_telemetry_signal) (tw_telemetry_queued{{{OURS}}})", "{{tw_telemetry_signal}} queued"),
                Query(f"sum(otel_sdk_exporter_span_inflight{{{OURS}}})", "spans under way"),
            ],
        ),
        Panel(
            "Taken in by the collector",
            "Does the collector get what the processes send, or does it refuse some for want of memory?",
            [
                Query(f"sum(rate(otelcol_receiver_accepted_spans{{{COLLECTOR}}}[$interval]))", "spans"),
                Query(f"sum(rate(otelcol_receiver_accepted_log_records{{{COLLECTOR}}}[$interval]))", "log records"),
                Query(f"sum(rate(otelcol_receiver_refused_spans{{{COLLECTOR}}}[$interval]))", "spans refused"),
                Query(f"sum(rate(otelcol_receiver_refused_log_records{{{COLLECTOR}}}[$interval]))", "log records refused"),
            ],
            unit="ops",
        ),
    ],
)


BACKGROUND = Row(
    "Flows and events",
    [
        Panel(
            "Flows that have not ended",
            "Does a kind of flow pile up? Parked flows wait for somebody; the others go on by themselves.",
            [
                Query(
                    f"max by (service_name, tw_flow_kind, tw_flow_state) (tw_flows_open{{{OURS}}})",
                    "{{tw_flow_kind}} {{tw_flow_state}}",
                )
            ],
        ),
        Panel(
            "Age of the oldest flow",
            "Does a flow hang? A step that fails is tried again for about a quarter of an hour.",
            [Query(f"max by (service_name, tw_flow_kind) (tw_flows_oldest_age_seconds{{{OURS}}})", "{{tw_flow_kind}}")],
            unit="s",
            steps=[(None, "green"), (1800, "red")],
        ),
        Panel(
            "Attempts of steps",
            "Which step fails? Failed attempts are made again, refused ones are the step's answer.",
            [
                Query(
                    f"sum by (tw_flow_kind, tw_flow_step, tw_flow_outcome) (rate(tw_flows_steps_total{{{OURS}}}[$interval]))",
                    "{{tw_flow_kind}} {{tw_flow_step}} {{tw_flow_outcome}}",
                )
            ],
            unit="ops",
        ),
        Panel(
            "Flows that ended",
            "How many flows end, and how? Refused means that the flow's result is an error.",
            [
                Query(
                    f"sum by (tw_flow_kind, tw_flow_outcome) (rate(tw_flows_ended_total{{{OURS}}}[$interval]))",
                    "{{tw_flow_kind}} {{tw_flow_outcome}}",
                )
            ],
            unit="ops",
        ),
        Panel(
            "Age of the oldest event that is not published",
            "Does the relay keep up? Above some seconds something is in its way: Redis, or a consumer that fails.",
            [Query(f"max by (service_name) (tw_outbox_oldest_age_seconds{{{OURS}}})", "{{service_name}}")],
            unit="s",
            steps=[(None, "green"), (60, "red")],
        ),
        Panel(
            "Events published",
            "How many events leave the outboxes?",
            [Query(f"sum by (service_name) (rate(tw_outbox_published_total{{{OURS}}}[$interval]))", "{{service_name}}")],
            unit="ops",
        ),
        Panel(
            "Dead events",
            "Are there events that a consumer could not apply? `tradewind events dead list` shows them.",
            [Query(f"max by (service_name) (tw_outbox_dead{{{OURS}}})", "{{service_name}}")],
            steps=[(None, "green"), (1, "red")],
        ),
        Panel(
            "Age of the oldest record that is not sealed",
            "Does the audit log get its chain? Above some seconds a sealer fails: its log says why.",
            [Query(f"max by (service_name) (tw_audit_unsealed_age_seconds{{{OURS}}})", "{{service_name}}")],
            unit="s",
            steps=[(None, "green"), (60, "red")],
        ),
        Panel(
            "Time to handle an event, 99 %",
            "Is a consumer slow, or does it fail?",
            [
                Query(
                    "histogram_quantile(0.99, sum by (le, messaging_consumer_group_name)"
                    f" (rate(messaging_process_duration_seconds_bucket{{{OURS}}}[$interval])))",
                    "{{messaging_consumer_group_name}}",
                )
            ],
            unit="s",
        ),
    ],
)


def dashboard() -> dict:
    about = "Event loops, processes, certificates, flows and events, and whether telemetry arrives."
    return make("runtime", "Runtime", about, [LOOPS, OVERLOAD, PROCESSES, BACKGROUND, TELEMETRY])
