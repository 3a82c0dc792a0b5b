"""The same network before the database and before telemetry's receiver."""

import contextlib
import os
import time
import urllib.parse

import pytest

from harness.collector import Collector, wait_for
from harness.fault_proxy import FaultProxy
from harness.network import HARMLESS, IN_TIME_SECONDS, at_rest, buy, get, impose, order_of, post_user, wait_served
from harness.shop import create_user
from harness.system import ONE, System

by_postgres = pytest.mark.parametrize("placement", [ONE], scope="session")
harmless = pytest.mark.parametrize("fault", HARMLESS)


@pytest.fixture
def before_postgres(postgres, placement, tmp_path):
    """A system that reaches its database through a proxy: (system, proxy)."""
    with contextlib.ExitStack() as until:
        database = until.enter_context(postgres.database())
        proxy = until.enter_context(FaultProxy(("127.0.0.1", postgres.port)))
        url = urllib.parse.urlsplit(postgres.url(database))
        shop = System(placement, tmp_path, {"DATABASE_URL": url._replace(netloc=f"tradewind@127.0.0.1:{proxy.port}").geturl()})
        until.callback(shop.kill)
        yield shop.start(), proxy
        shop.stop()


@harmless
@by_postgres
def test_a_bad_line_to_the_database_makes_nothing_wrong(before_postgres, fault):
    system, proxy = before_postgres
    impose(proxy, fault)
    with system.client() as http:
        buy(http)


@by_postgres
def test_connections_to_the_database_that_are_cut_are_made_again(before_postgres):
    system, proxy = before_postgres
    with system.client() as http:
        post_order = order_of(http)
        links = proxy.connections()
        for _ in range(10):
            proxy.reset_all()
            answer = http.get("/api/users", params={"page_size": 1})
            assert answer.status_code in (200, 503), answer.text
            assert answer.status_code == 200 or int(answer.headers["retry-after"]) >= 1
        wait_served(http, post_user)
        wait_served(http, post_order)
        wait_for(lambda: proxy.connections() <= links + os.cpu_count())
    wait_for(lambda: at_rest(system))


@by_postgres
def test_a_database_that_is_swallowed_costs_its_callers_their_deadline_and_no_more(before_postgres):
    system, proxy = before_postgres
    with system.client() as http:
        post_order = order_of(http)
        proxy.swallowing = True
        for _ in range(3):
            started = time.monotonic()
            answer = http.get("/api/users", params={"page_size": 1})
            assert answer.status_code in (503, 504), answer.text
            assert answer.status_code == 504 or int(answer.headers["retry-after"]) >= 1
            assert time.monotonic() - started < IN_TIME_SECONDS
        assert http.get("/health").status_code == 200
        proxy.heal()
        wait_served(http, get("/api/users?page_size=1"))
        wait_served(http, post_user)
        wait_served(http, post_order)
    wait_for(lambda: at_rest(system))


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
@pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
def test_a_receiver_of_telemetry_that_is_swallowed_costs_no_request_anything(new_system, protocol):
    with contextlib.closing(Collector()) as collector:
        where = urllib.parse.urlsplit(collector.url(protocol))
        with FaultProxy((where.hostname, where.port)) as proxy:
            env = {"OTEL_EXPORTER_OTLP_ENDPOINT": proxy.url, "OTEL_EXPORTER_OTLP_PROTOCOL": protocol, "OTEL_BSP_SCHEDULE_DELAY": "50",
                   "OTEL_EXPORTER_OTLP_TIMEOUT": "1000"}  # fmt: skip
            shop = new_system(env)
            with shop.client() as http:
                proxy.swallowing = True
                for _ in range(20):
                    started = time.monotonic()
                    create_user(http)
                    assert time.monotonic() - started < IN_TIME_SECONDS
                proxy.heal()
                proxy.reset_all()
                # What was recorded meanwhile may be lost; what comes now is not.
                wait_for(lambda: create_user(http) and collector.spans())
            shop.stop()
