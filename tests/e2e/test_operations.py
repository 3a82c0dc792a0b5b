"""What operators see: the ready file, the operations port, the log."""

import re

import httpx
import pytest

from harness.collector import wait_for
from harness.shop import create_user, new_email
from harness.system import SERVICES
from harness.wire import Wire, request

ADDRESS = re.compile(r"^127\.0\.0\.1:[1-9]\d{0,4}$")


def ops(system, path: str, module: str = "gateway", **options) -> httpx.Response:
    method = "PUT" if options else "GET"
    return httpx.request(method, system.ops_url(module) + path, timeout=10, trust_env=False, **options)


def test_the_ready_file_says_what_this_process_serves(system):
    for name, process in system.processes.items():
        ready = process.ready
        assert ready["pid"] == process.pid
        assert ADDRESS.match(ready["ops"])
        served = set(SERVICES) if name == "up" else {name} & set(SERVICES)
        assert set(ready.get("grpc", {})) == served
        assert all(ADDRESS.match(address) for address in ready.get("grpc", {}).values())
        assert ("http" in ready) == (name in ("up", "gateway"))
        assert set(ready) <= {"pid", "http", "ops", "grpc"}


@pytest.mark.parametrize("module", [*SERVICES, "gateway"])
def test_every_process_has_health_and_readiness(system, module):
    assert ops(system, "/health", module).status_code == 200
    assert ops(system, "/ready", module).status_code == 200


def test_the_configuration_is_shown_with_its_origins_and_without_secrets(new_system):
    system = new_system(env={"OTEL_EXPORTER_OTLP_HEADERS": "x=1"}, config="[http]\nidle_timeout_ms = 74000\n")
    answer = ops(system, "/config")
    assert answer.status_code == 200
    shown = {entry["key"]: entry for entry in answer.json()["settings"]}
    assert shown["http.idle_timeout_ms"]["value"] == "74000"
    assert "tradewind.toml" in shown["http.idle_timeout_ms"]["origin"]
    assert "default" in shown["http.body_bytes_max"]["origin"]


def test_the_log_level_is_changed_at_run_time(new_system):
    system = new_system()
    process = system.process_of("user")
    assert ops(system, "/log_level", "user", content="debug").status_code == 200
    assert "debug" in ops(system, "/log_level", "user").text
    assert ops(system, "/log_level", "user", content="error").status_code == 200
    before = len(process.log_records())
    with system.client() as http:
        create_user(http)
        http.get("/api/users/none")
    assert [r for r in process.log_records()[before:] if r["severity_number"] < 17] == []
    assert ops(system, "/log_level", "user", content="shout").status_code == 400


def test_the_loops_are_shown(system):
    answer = ops(system, "/loops")
    assert answer.status_code == 200
    assert len(answer.json()["loops"]) >= 1


def test_the_operations_port_is_no_way_in(system):
    assert ops(system, "/api/users").status_code == 404
    assert ops(system, "/nothing").status_code == 404
    with system.client() as http:
        for path in ("/config", "/log_level", "/loops"):
            assert http.get(path).status_code == 404


def test_the_log_is_one_json_object_a_line_with_its_service(system, http):
    create_user(http)
    for process in system.processes.values():
        for record in process.log_records():
            assert {"timestamp", "severity_text", "severity_number", "event_name", "service.name"} <= set(record), record


def test_an_access_log_event_tells_the_request_and_no_personal_data(system, http):
    email = new_email()
    create_user(http, email=email, name="Dagobert Privat")
    http.get("/api/users", params={"email": email})

    def routes():
        records = [r for r in system.process_of("gateway").log_records() if r["service.name"] == "api-gateway"]
        return {record.get("attributes", {}).get("http.route") for record in records}

    # The log is written off the request's path.
    assert wait_for(lambda: "/api/users" in routes()), routes()
    for process in system.processes.values():
        written = process.stdout_file.read_text() + process.stderr_file.read_text()
        assert email not in written
        assert "Dagobert" not in written


def test_a_slow_header_is_cut_off(new_system):
    system = new_system(env={"TRADEWIND_HTTP_HEADER_TIMEOUT_MS": "500"})
    with Wire(system.address) as wire:
        wire.send(b"GET /health HTTP/1.1\r\nHost: a\r\n")
        assert 0.2 < wire.seconds_until_end() < 5
    with Wire(system.address) as wire:
        assert wire.send(request("GET", "/health")).read_answer().status == 200


def test_a_slow_body_is_cut_off(new_system):
    system = new_system(env={"TRADEWIND_HTTP_REQUEST_TIMEOUT_MS": "500"})
    with Wire(system.address) as wire:
        wire.send(request("POST", "/api/users", "Content-Type: application/json", "Content-Length: 100") + b"{")
        assert 0.2 < wire.seconds_until_end() < 5


def test_an_idle_connection_is_closed(new_system):
    system = new_system(env={"TRADEWIND_HTTP_IDLE_TIMEOUT_MS": "500"})
    with Wire(system.address) as wire:
        assert wire.send(request("GET", "/health")).read_answer().status == 200
        assert 0.2 < wire.seconds_until_end() < 5


def test_a_connection_too_many_is_turned_away(new_system):
    system = new_system(env={"TRADEWIND_HTTP_CONNECTIONS_MAX": "3"})
    wires = [Wire(system.address) for _ in range(3)]
    try:
        for wire in wires:
            assert wire.send(request("GET", "/health")).read_answer().status == 200
        with Wire(system.address) as one_more:
            assert one_more.send(request("GET", "/health")).read_answer().status == 503
            assert one_more.at_end()
    finally:
        for wire in wires:
            wire.__exit__()
