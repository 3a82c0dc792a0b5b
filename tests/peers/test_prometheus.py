"""Metrics as Prometheus' query API gives them, by scrape of the operations ports and by way of the collector."""

import time

import pytest
from harness.system import SERVICES

from rig import flow
from rig.peers import Prometheus
from rig.product import otlp
from rig.program import until

MODULES = (*SERVICES, "gateway")
WAYS = ("scraped", "collected")

# Series that the flow makes, and what they count to.
EXPECTED = {
    'http_server_request_duration_seconds_count{http_route="/api/orders",http_request_method="POST"': 1,
    'http_server_request_duration_seconds_bucket{http_route="/api/users/{id}",le="+Inf"': 1,
    'rpc_server_call_duration_seconds_count{rpc_method="catalog.CatalogService/Reserve"': 1,
    'rpc_client_call_duration_seconds_count{rpc_method="order.OrderService/CreateOrder"': 1,
    'db_client_operation_duration_seconds_count{db_query_summary="INSERT orders"': 1,
    'shop_orders_created_total{shop_currency=""': 1,
    'shop_stock_reserved_total{shop_currency=""': 2,
    'shop_payments_authorized_total{shop_currency=""': 1,
}

# docs/decisions/0010: promtool leaves such endings to histograms.
SHORTENED = {"process_open_file_descriptor_count": "process_open_file_descriptor"}


@pytest.fixture
def scraped_flow(collector, start, new_system):
    """Prometheus that has seen the flow in all five processes, both ways."""
    system = new_system(otlp(collector.endpoint("grpc")))
    operations = [system.ops_url(module).removeprefix("http://") for module in MODULES]
    prometheus = start(Prometheus, {"scraped": operations, "collected": [collector.metrics]})
    until("all targets up", lambda: sum(one["value"] for one in prometheus.query("up")) == len(MODULES) + 1)
    flow.drive(system)
    return prometheus


def wait_for_flow(prometheus):
    """Until both ways have led every number of the flow to Prometheus; targets are scraped one after the other."""
    for series, value in EXPECTED.items():
        for way in WAYS:
            query = f'sum({series},job="{way}"}})'

            def says(query=query, value=value) -> bool:
                return [one["value"] for one in prometheus.query(query)] == [value]

            until(f"{query} = {value}", says)


def test_a_flow_is_told_the_same_by_scrape_and_through_the_collector(scraped_flow):
    """The same numbers under the same names: the collector translates those by OpenTelemetry's rules, and a dashboard must not
    depend on the way. A series that work in the background has just begun reaches Prometheus one way before the other."""
    wait_for_flow(scraped_flow)

    def names(way: str) -> set[str]:
        found = {one["metric"]["__name__"] for one in scraped_flow.query(f'count by (__name__) ({{job="{way}"}})')}
        return {SHORTENED.get(name, name) for name in found}

    def differences() -> set[str]:
        return names("scraped") ^ names("collected")

    seconds_max = 20
    deadline = time.monotonic() + seconds_max
    while (different := differences()) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert not different, f"told one way only, after {seconds_max} s"
