"""An order as everybody who watches it sees it, by the configuration that is deployed."""

import json
import math
import subprocess

import pytest
from deployed.mixed import Customers
from deployed.queries import LOKI, of_dashboards, of_rules
from production_like.observability import DEPLOY, addresses
from production_like.ports import OBSERVABILITY, SERVICES
from production_like.topology import MODULES
from rig import flow, spans
from rig.program import folder_of, until


@pytest.fixture(scope="module")
def traces(running) -> dict[str, str]:
    """The flow that everybody tries first: the trace of each step."""
    return flow.drive(running)


def test_an_order_is_one_trace_from_the_edge_to_the_statements(jaeger, traces):
    calls = {
        ("", "api-gateway: POST /api/orders SERVER"),
        ("api-gateway: POST /api/orders SERVER", f"api-gateway: {flow.CREATE} CLIENT"),
        flow.call("api-gateway", "order-service", flow.CREATE),
        (flow.ORDERED, f"order-service: {flow.GET_USER} CLIENT"),
        flow.call("order-service", "user-service", flow.GET_USER),
        (flow.ORDERED, f"order-service: {flow.RESERVE} CLIENT"),
        flow.call("order-service", "catalog-service", flow.RESERVE),
        (flow.ORDERED, "order-service: INSERT orders CLIENT"),
    }

    def whole() -> set:
        found = jaeger.traces(f"traces/{traces['create order']}")
        seen = spans.edges(spans.from_jaeger(found[0])) if found else set()
        return seen if calls <= seen else set()

    seen = until("the order's whole trace in Jaeger", whole, 40)
    assert [child for parent, child in seen if not parent] == ["api-gateway: POST /api/orders SERVER"]
    stock = {child for parent, child in seen if parent == f"catalog-service: {flow.RESERVE} SERVER"}
    assert any("reservations" in child or "stock" in child for child in stock), stock


def test_the_users_statement_is_in_the_trace_that_made_the_user(jaeger, traces):
    def statements() -> list[dict]:
        found = jaeger.traces(f"traces/{traces['create user']}")
        tags = [{tag["key"]: tag["value"] for tag in span["tags"]} for trace in found for span in trace["spans"]]
        return [one for one in tags if one.get("db.system.name") == "postgresql" and "INSERT" in one["db.query.text"]]

    (insert,) = until("the INSERT of the user", statements, 40)
    assert insert["db.namespace"] == "user_service"
    assert "$1" in insert["db.query.text"] and "@" not in insert["db.query.text"]


def test_prometheus_scrapes_every_process_and_the_collector(running, prometheus):
    running.require_collector()
    expected = {("tradewind", module): 1.0 for module in MODULES} | {("otel-collector", ""): 1.0, ("otel-metrics", ""): 1.0}
    until("every target is up", lambda: prometheus.up() == expected, 40)


def require_who_tells(running, query: str):
    """The collector counts what it sends and queues only where it has somebody to send it to."""
    running.require_collector()
    if "otelcol_exporter_" in query:
        running.jaeger()


@pytest.mark.parametrize(
    "series",
    [
        'http_server_request_duration_seconds_count{job="tradewind",module="gateway",http_route="/api/orders"}',
        'rpc_server_call_duration_seconds_count{job="tradewind",module="order",rpc_method="order.OrderService/CreateOrder"}',
        'db_client_operation_duration_seconds_count{job="tradewind",module="user",db_query_summary="INSERT users"}',
        'shop_orders_created_total{job="tradewind",module="order"}',
        'shop_payments_authorized_total{job="tradewind",module="payment"}',
        'shop_stock_reserved_total{job="tradewind",module="catalog"}',
        'traces_span_metrics_calls_total{service_name="api-gateway",span_name="POST /api/orders"}',
        'otelcol_receiver_accepted_spans{job="otel-collector"}',
        'otelcol_exporter_sent_spans{job="otel-collector"}',
    ],
)
def test_prometheus_has_what_the_flow_made(running, prometheus, traces, series):
    require_who_tells(running, series)
    until(f"{series} > 0", lambda: prometheus.value(series) > 0, 40)


def test_an_exemplar_leads_from_a_duration_to_its_trace(prometheus, jaeger, traces):
    named = "http_server_request_duration_seconds_bucket"
    until("the order's trace as an exemplar", lambda: traces["create order"] in prometheus.exemplars(named), 40)
    of_spans = until("exemplars of span metrics", lambda: prometheus.exemplars("traces_span_metrics_duration_seconds_bucket"), 40)
    until("their traces in Jaeger", lambda: any(jaeger.traces(f"traces/{one}") for one in of_spans), 40)


def records_of(running, service: str, trace: str) -> list[dict]:
    """Log records of that trace as they were kept: in Loki, or in the file that the collector writes where Loki is not built."""
    if "loki" in running.topology.parts:
        return running.loki().lines(f'{{service_name="{service}"}} | trace_id="{trace}"')
    file = running.part("collector").folder / "logs.jsonl"
    lines = file.read_text().rpartition("\n")[0].splitlines() if file.exists() else []
    records = [
        record
        for line in lines
        for resource in json.loads(line)["resourceLogs"]
        if {"key": "service.name", "value": {"stringValue": service}} in resource["resource"]["attributes"]
        for scope in resource["scopeLogs"]
        for record in scope["logRecords"]
    ]
    return [{"event_name": one.get("eventName", ""), "span_id": one["spanId"]} for one in records if one.get("traceId") == trace]


def test_the_access_log_of_a_request_is_found_by_its_trace(running, traces):
    running.require_collector()
    (record,) = until("the record", lambda: records_of(running, "api-gateway", traces["create order"]), 60)
    assert len(record["span_id"]) == 16


# Histograms into which nothing is put yet, so that a quantile of them is no number. They are there, and that is asked for.
EMPTY = {"db_client_connection_wait_time_seconds_bucket"}  # no service holds a transaction open: all write by units

QUERIES = [*of_dashboards(), *of_rules()]


@pytest.fixture(scope="module")
def customers(running):
    with running.client() as client, Customers(client) as busy:
        yield busy


def test_there_are_dashboards_and_rules():
    assert {query.where.partition(":")[0] for query in of_dashboards()} and of_rules()


@pytest.mark.parametrize("query", QUERIES, ids=[query.where for query in QUERIES])
def test_every_query_that_somebody_will_look_at_has_data(running, prometheus, customers, query):
    require_who_tells(running, query.text)
    if query.language == LOKI:
        until(query.text, lambda: running.loki().lines(query.text), 60)
        return
    may_be_no_number = any(name in query.text for name in EMPTY)
    until(query.text, lambda: any(may_be_no_number or not math.isnan(one["value"]) for one in prometheus.query(query.text)), 60)


def test_every_rule_is_evaluated_without_a_fault(prometheus, customers):
    def evaluated() -> list[dict]:
        rules = prometheus.rules()
        return rules if rules and all(rule["health"] != "unknown" for rule in rules) else []

    assert [(rule["name"], rule.get("lastError")) for rule in until("all rules", evaluated, 90) if rule["health"] != "ok"] == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_role_reaches_its_own_database_alone(running, service):
    postgresql = running.topology.postgresql
    # The role may have been given to somebody who asks for another's database.
    own = postgresql.url(service)
    others = [own.rpartition("/")[0] + f"/{name}" for name in ("postgres", *(f"{one}_service" for one in SERVICES if one != service))]

    def psql(url: str, statement: str):
        return subprocess.run(["psql", "--no-psqlrc", "-tAc", statement, url], capture_output=True, text=True, check=False, timeout=30)

    rights = psql(own, "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication FROM pg_roles WHERE rolname = current_user")
    assert rights.stdout.strip() == "f", rights.stderr
    for url in others:
        refused = psql(url, "SELECT 1")
        assert refused.returncode != 0 and "permission denied for database" in refused.stderr, (url, refused)


def test_the_addresses_of_one_machine_are_those_that_the_launcher_uses():
    lines = (DEPLOY / "local.env").read_text().splitlines()
    assert dict(line.split("=", 1) for line in lines if not line.startswith("#")) == addresses(OBSERVABILITY)


@pytest.mark.parametrize("over", [[], ["no-jaeger.yaml"], ["logs-to-file.yaml"], ["no-jaeger.yaml", "logs-to-file.yaml"]])
def test_the_collector_accepts_its_files(tmp_path, over):
    files = [part for name in ("collector.yaml", *over) for part in ("--config", DEPLOY / "collector" / name)]
    check([folder_of("otelcol") / "otelcol", "validate", *files], tmp_path)


def test_jaeger_accepts_its_file(tmp_path):
    check([folder_of("jaeger") / "jaeger", "validate", "--config", DEPLOY / "jaeger/jaeger.yaml"], tmp_path)


def test_loki_accepts_its_file(tmp_path):
    check([folder_of("loki") / "loki", "-verify-config", "-config.expand-env=true", f"-config.file={DEPLOY}/loki/loki.yaml"], tmp_path)


def check(command: list, folder):
    verdict = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
