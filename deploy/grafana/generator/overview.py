"""Overview: how is it for those who call, and which route, RPC or span is to blame."""

from generator.layout import Row
from generator.layout import dashboard as make
from generator.panels import OURS, Panel, Query, stat

HTTP = "http_server_request_duration_seconds"
RPC = "rpc_server_call_duration_seconds"
ROUTE = "{{http_request_method}} {{http_route}}"


def quantile(share: float, metric: str, *by: str) -> str:
    return f"histogram_quantile({share}, sum by ({', '.join(('le', *by))}) (rate({metric}_bucket{{{OURS}}}[$interval])))"


def failures(metric: str, what: str, *by: str) -> str:
    """By what failed; nought for what has only succeeded, so that a healthy system shows a line on the ground."""
    return (
        f"sum by ({', '.join(by)}) (rate({metric}_count{{{OURS},{what}}}[$interval]))"
        f" or on ({', '.join(by[:-1])}) 0 * sum by ({', '.join(by[:-1])}) (rate({metric}_count{{{OURS}}}[$interval]))"
    )


EDGE = Row(
    "The edge: what callers see",
    [
        stat("Requests", "How much is asked at the HTTP port?", "sum(service:http_requests:rate5m)", unit="reqps"),
        stat(
            "Failed",
            "Which share of the API's requests was answered with 5xx within an hour? The objective allows 0.1 %.",
            "max(slo:http_errors:ratio_rate1h)",
            unit="percentunit",
            steps=[(None, "green"), (0.001, "yellow"), (0.0144, "red")],
        ),
        stat(
            "Slower than 250 ms",
            "Which share of the API's requests took longer than 250 ms within an hour? The objective allows 1 %.",
            "max(slo:http_slow:ratio_rate1h)",
            unit="percentunit",
            steps=[(None, "green"), (0.01, "yellow"), (0.144, "red")],
        ),
        stat(
            "Budget burnt, times",
            "How many times faster than the objective allows do requests fail, over six hours? At 1 the budget just lasts.",
            "max(slo:http_errors:ratio_rate6h) / 0.001",
            steps=[(None, "green"), (1, "yellow"), (6, "red")],
        ),
        stat(
            "Modules unready",
            "Can every module do its work?",
            'count(tw_module_ready{job="tradewind"}) - sum(tw_module_ready{job="tradewind"})',
            steps=[(None, "green"), (1, "red")],
        ),
        stat(
            "Alerts",
            "Is somebody being told of something right now?",
            'count(ALERTS{alertstate="firing"}) or vector(0)',
            steps=[(None, "green"), (1, "red")],
        ),
        Panel(
            "Requests by route",
            "What is asked, and did that change?",
            [Query(f"sum by (http_request_method, http_route) (rate({HTTP}_count{{{OURS}}}[$interval]))", ROUTE)],
            unit="reqps",
            stacked=True,
        ),
        Panel(
            "Failures by route",
            "Which route fails, and with which status? 5xx only: what is the caller's fault is in the table below.",
            [
                Query(
                    failures(HTTP, 'http_response_status_code=~"5.."', "http_request_method", "http_route", "http_response_status_code"),
                    ROUTE + " {{http_response_status_code}}",
                )
            ],
            unit="reqps",
        ),
        Panel(
            "Latency",
            "How long do callers wait? Each dot is a request: click it, and go to its trace.",
            [Query(quantile(share, HTTP), f"{share:.0%}", exemplars=share == 0.99) for share in (0.5, 0.95, 0.99)],
            unit="s",
            steps=[(None, "green"), (0.25, "red")],
        ),
        Panel(
            "Latency by route, 99 %",
            "Which route is the slow one? Each dot is a request: click it, and go to its trace.",
            [Query(quantile(0.99, HTTP, "http_request_method", "http_route"), ROUTE, exemplars=True)],
            unit="s",
            steps=[(None, "green"), (0.25, "red")],
        ),
        Panel(
            "Most frequent errors",
            "What was refused or failed most often in the time shown, by route and status?",
            [
                Query(
                    "topk(10, sum by (http_request_method, http_route, http_response_status_code)"
                    f' (increase({HTTP}_count{{{OURS},http_response_status_code=~"4..|5.."}}[$__range]))) or on () vector(0)'
                )
            ],
            kind="table",
        ),
        Panel(
            "Most frequent errors of RPCs",
            "Which call between modules answered with which code most often in the time shown?",
            [
                Query(
                    "topk(10, sum by (service_name, rpc_method, rpc_response_status_code)"
                    f' (increase({RPC}_count{{{OURS},rpc_response_status_code!="OK"}}[$__range]))) or on () vector(0)'
                )
            ],
            kind="table",
        ),
    ],
)

CALLS = Row(
    "RPC: what modules ask of each other",
    [
        Panel(
            "Calls by RPC",
            "Which module is asked for what?",
            [Query(f"sum by (service_name, rpc_method) (rate({RPC}_count{{{OURS}}}[$interval]))", "{{rpc_method}}")],
            unit="reqps",
            stacked=True,
        ),
        Panel(
            "Failures by RPC",
            "Which call fails by its server's fault, and with which code?",
            [
                Query(
                    failures(RPC, 'error_type!=""', "service_name", "rpc_method", "rpc_response_status_code"),
                    "{{rpc_method}} {{rpc_response_status_code}}",
                )
            ],
            unit="reqps",
        ),
        Panel(
            "Latency by RPC, 99 %",
            "Which module makes the others wait? Each dot is a call: click it, and go to its trace.",
            [Query(quantile(0.99, RPC, "service_name", "rpc_method"), "{{rpc_method}}", exemplars=True)],
            unit="s",
        ),
        Panel(
            "Where the time goes, by span",
            "Which kind of span takes most time, over all requests? Seconds a second, from the spans that the collector counts.",
            [
                Query(
                    "topk(10, sum by (service_name, span_name, span_kind)"
                    ' (rate(traces_span_metrics_duration_seconds_sum{job="otel-metrics",service_name=~"$service"}[$interval])))',
                    "{{service_name}}: {{span_name}}",
                )
            ],
            unit="s",
        ),
    ],
)


def dashboard() -> dict:
    about = "Rate, errors and duration of every route and RPC, against the objectives. From a slow request to its trace: click a dot."
    return make("overview", "Overview", about, [EDGE, CALLS])
