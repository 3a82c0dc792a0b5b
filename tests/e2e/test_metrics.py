"""What Prometheus sees on the operations port, read by Prometheus' own Python parsers."""

import gzip
import secrets

import httpx
import pytest
from prometheus_client import parser as text_parser
from prometheus_client.openmetrics import parser as openmetrics_parser

from harness.metrics import OPENMETRICS, Series, scrape
from harness.shop import create_user, done, minor
from harness.system import ONE, SERVICES

@pytest.fixture
def flow(new_system):
    """Alice orders two, pays, and somebody else's card is declined; then everything is scraped."""
    system = new_system()
    trace_id = secrets.token_hex(16)
    with system.client() as http:
        user = create_user(http)
        assert http.get("/api/users/" + user["id"]).status_code == 200
        assert http.get("/api/users/nobody").status_code == 404
        order = {"user_id": user["id"], "product_id": "prod-123", "quantity": 2}
        headers = {"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01"}
        order = done(http.post("/api/orders", json=order, headers=headers))
        for attempt, token in ((1, "tok_declined"), (2, "tok_ok")):
            payment = {"order_id": order["id"], "user_id": user["id"], "amount": order["total"], "attempt": attempt}
            done(http.post("/api/payments", json=payment | {"payment_token": token}))
    return system, order, trace_id


def test_a_flow_is_counted_in_every_layer(flow, engine):
    system, order, _ = flow
    series = Series(system)

    requests = {"service_name": "api-gateway", "http_request_method": "POST", "http_response_status_code": "200"}
    for route, count in (("/api/users", 1), ("/api/orders", 1), ("/api/payments", 2)):
        labels = requests | {"http_route": route, "url_scheme": "http", "network_protocol_version": "1.1"}
        assert series.value("http_server_request_duration_seconds_count", **labels) == count
        assert series.value("http_server_request_body_size_bytes_count", **labels) == count
        assert series.value("http_server_response_body_size_bytes_sum", **labels) > 0
    users = {"http_route": "/api/users/{id}", "http_request_method": "GET"}
    assert series.value("http_server_request_duration_seconds_count", http_response_status_code="200", **users) == 1
    assert series.value("http_server_request_duration_seconds_count", http_response_status_code="404", **users) == 1
    assert series.value("http_server_active_requests") == 0

    # Alice was asked for by the client, and by the order service.
    get_user = {"rpc_method": "user.UserService/GetUser", "rpc_response_status_code": "OK", "rpc_system_name": "grpc"}
    assert series.value("rpc_server_call_duration_seconds_count", service_name="user-service", **get_user) == 2
    assert series.value("rpc_client_call_duration_seconds_count", service_name="api-gateway", **get_user) == 1
    assert series.value("rpc_client_call_duration_seconds_count", service_name="order-service", **get_user) == 1
    callers = series.find("rpc_client_call_duration_seconds_count", service_name="order-service", **get_user)
    assert all(("server_address" in sample.labels) == (system.placement != ONE) for sample in callers)

    inserts = {"db_system_name": engine, "db_operation_name": "INSERT"}
    assert series.value("db_client_operation_duration_seconds_count", service_name="order-service", **inserts) >= 1

    assert series.value("shop_orders_created_total", service_name="order-service") == 1
    total = order["total"]
    assert series.value("shop_orders_value_total", shop_currency=total["currency"]) == minor(total)
    assert series.value("shop_stock_reserved_total", service_name="catalog-service") == 2
    assert series.value("shop_payments_authorized_total", service_name="payment-service") == 1
    assert series.value("shop_payments_declined_total", error_type="card_declined") == 1


def test_exemplars_lead_to_the_trace_of_the_request(flow):
    system, _, trace_id = flow
    series = Series(system)
    assert trace_id in series.traces("http_server_request_duration_seconds", http_route="/api/orders")
    assert trace_id in series.traces("rpc_server_call_duration_seconds", rpc_method="order.OrderService/CreateOrder")
    assert trace_id in series.traces("rpc_client_call_duration_seconds", rpc_method="catalog.CatalogService/Reserve")
    assert trace_id in series.traces("db_client_operation_duration_seconds", service_name="order-service")


def test_every_process_tells_what_it_uses(system):
    series = Series(system)
    names = {"tradewind"} if system.placement == ONE else {"api-gateway", *(f"{name}-service" for name in SERVICES)}
    for name in names:
        assert series.value("process_memory_usage_bytes", service_name=name) > 1e6
        assert series.value("process_cpu_time_seconds_total", service_name=name) > 0
        assert series.value("process_uptime_seconds", service_name=name) > 0
        assert series.value("process_open_file_descriptor", service_name=name) > 3
        assert series.find("tw_loop_lag_seconds", service_name=name)
        assert all(0 <= sample.value <= 1.5 for sample in series.find("tw_loop_utilization_ratio", service_name=name))
        assert series.value("tw_workers_queued", service_name=name) >= 0
        assert series.value("target_info", service_name=name, service_namespace="tradewind") == 1


def test_every_module_tells_that_it_is_ready(system):
    series = Series(system)
    for name in ("api-gateway", *(f"{name}-service" for name in SERVICES)):
        assert series.value("tw_module_ready", service_name=name) == 1


@pytest.mark.parametrize("module", [*SERVICES, "gateway"])
def test_both_formats_can_be_read_and_tell_the_same_families(system, module):
    text = scrape(system, module)
    assert text.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    openmetrics = scrape(system, module, OPENMETRICS)
    assert openmetrics.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert openmetrics.text.endswith("# EOF\n")
    families = {family.name for family in text_parser.text_string_to_metric_families(text.text)}
    assert len(families) > 5
    names = {family.name for family in openmetrics_parser.text_string_to_metric_families(openmetrics.text)}
    assert {name.removesuffix("_info") for name in families} == names


def test_a_page_is_compressed_for_who_takes_that(system):
    with httpx.stream("GET", system.ops_url() + "/metrics", headers={"accept-encoding": "gzip"}, trust_env=False) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert b"process_uptime_seconds" in gzip.decompress(b"".join(answer.iter_raw()))
    assert "content-encoding" not in scrape(system, "gateway", **{"accept-encoding": "identity"}).headers


def test_metrics_are_only_read_and_only_on_the_operations_port(system, http):
    assert httpx.post(system.ops_url() + "/metrics", trust_env=False).status_code == 405
    assert http.get("/metrics").status_code == 404
