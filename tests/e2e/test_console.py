"""The console: what the process records and what others send is found again, and nobody else may use its ports."""

import gzip
import json
import re
import secrets
import socket
import subprocess
import threading
import time

import grpc
import httpx
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from harness.ports import free_ports
from harness.process import run
from harness.shop import create_order, create_user, done, problem
from harness.system import FIVE, ONE

ON = {"TRADEWIND_TELEMETRY_CONSOLE": "on"}
SECONDS_MAX = 10
ORDER_SERVICES = {"api-gateway", "order-service", "user-service", "catalog-service"}
PAGE = {"X-Tradewind-Console": "1", "Sec-Fetch-Site": "same-origin"}


def start_with_console(new_system, placement):
    """A system whose telemetry goes to a console, and the console's process."""
    if placement == ONE:
        system = new_system(ON)
        return system, system.process_of("gateway")
    system = new_system(start=False)
    console = system.start_process("console")
    system.env |= {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://" + console.ready["otlp_grpc"], "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
                   "OTEL_BSP_SCHEDULE_DELAY": "100", "OTEL_BLRP_SCHEDULE_DELAY": "100"}  # fmt: skip
    for name in ("user", "catalog", "payment", "order", "gateway"):
        system.start_process(name)
    return system, console


def client_of(console, port: str = "console") -> httpx.Client:
    return httpx.Client(base_url="http://" + console.ready[port], timeout=10, trust_env=False, verify=False)


def until(found, seconds: float = SECONDS_MAX):
    """What `found` returns as soon as that is something."""
    give_up = time.monotonic() + seconds
    while True:
        result = found()
        if result:
            return result
        assert time.monotonic() < give_up, "not found in time"
        time.sleep(0.02)


def trace_request(trace_id: bytes, *names: str, service: str = "test-sender") -> trace_service_pb2.ExportTraceServiceRequest:
    request = trace_service_pb2.ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    attribute = resource.resource.attributes.add(key="service.name")
    attribute.value.string_value = service
    scope = resource.scope_spans.add()
    now = time.time_ns()
    for name in names:
        scope.spans.add(trace_id=trace_id, span_id=secrets.token_bytes(8), name=name, start_time_unix_nano=now,
                        end_time_unix_nano=now + 5_000_000, kind=2)  # fmt: skip
    return request


def names_of(trace: dict) -> set[str]:
    return {trace["texts"][place] for place in trace["names"]}


@pytest.mark.parametrize("placement, engine", [(ONE, "sqlite"), (FIVE, "sqlite")], scope="session")
def test_an_order_is_a_trace_with_its_log_record(new_system, placement):
    system, console = start_with_console(new_system, placement)
    trace_id = secrets.token_hex(16)
    with system.client() as http, client_of(console) as page:
        user = create_user(http)
        http.headers["traceparent"] = f"00-{trace_id}-{secrets.token_hex(8)}-01"
        order = create_order(http, user["id"])

        def whole():
            answer = page.get(f"/q/traces/{trace_id}")
            if answer.status_code != 200:
                return False
            services = set(answer.json()["summary"]["services"])
            return {"POST /api/orders", "INSERT orders"} <= names_of(answer.json()) and ORDER_SERVICES <= services

        until(whole)
        logs = until(lambda: done(page.get("/q/logs", params={"trace_id": trace_id}))["records"])
        assert any(one["event_name"] == "http.request" for one in logs)
        found = done(page.get("/q/traces", params={"q": f"shop.order.id={order['id']}"}))["traces"]
        assert not found or [one["trace_id"] for one in found] == [trace_id]
        spans = [one for resource in done(page.get(f"/q/traces/{trace_id}/otlp"))["resourceSpans"]
                 for scope in resource["scopeSpans"] for one in scope["spans"]]  # fmt: skip
        assert {one["traceId"] for one in spans} == {trace_id}
        ids = [one["spanId"] for one in spans]
        assert len(ids) == len(set(ids)), "a span came twice"


@pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
def test_others_send_by_http_and_grpc_and_watch_what_arrives(new_system, placement):
    _, console = start_with_console(new_system, placement)
    seen: list[dict] = []

    def watch():
        url = f"http://{console.ready['console']}/q/watch?topics=traces&traces_q=service:test-sender"
        with httpx.stream("GET", url, timeout=10, trust_env=False) as stream:
            connected.set()
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    seen.append(json.loads(line[6:])["trace"])
                if len(seen) == 3:
                    return

    connected = threading.Event()
    watching = threading.Thread(target=watch)
    watching.start()
    assert connected.wait(SECONDS_MAX)
    ids = [secrets.token_bytes(16) for _ in range(3)]
    with client_of(console, "otlp_http") as http, client_of(console) as page:
        body = gzip.compress(trace_request(ids[0], "protobuf").SerializeToString())
        sent = http.post("/v1/traces", content=body, headers={"content-type": "application/x-protobuf", "content-encoding": "gzip"})
        assert (sent.status_code, sent.content) == (200, b"")
        # The answer means that it can be found.
        assert names_of(done(page.get(f"/q/traces/{ids[0].hex()}"))) == {"protobuf"}

        bad = {"traceId": "00", "spanId": "0102030405060708", "name": "bad"}
        good = bad | {"traceId": ids[1].hex(), "name": "json", "startTimeUnixNano": str(time.time_ns()), "endTimeUnixNano": str(time.time_ns())}
        resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "test-sender"}}]}
        text = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [bad, good]}]}]}
        answer = done(http.post("/v1/traces", json=text))
        assert answer["partialSuccess"]["rejectedSpans"] == "1" and answer["partialSuccess"]["errorMessage"]
        assert names_of(done(page.get(f"/q/traces/{ids[1].hex()}"))) == {"json"}

        with grpc.insecure_channel(console.ready["otlp_grpc"], compression=grpc.Compression.Gzip) as channel:
            stub = trace_service_pb2_grpc.TraceServiceStub(channel)
            assert not stub.Export(trace_request(ids[2], "grpc"), timeout=10).HasField("partial_success")
        assert names_of(done(page.get(f"/q/traces/{ids[2].hex()}"))) == {"grpc"}
        watching.join(SECONDS_MAX)
        metrics = httpx.get(f"http://{console.ready['ops']}/metrics", timeout=10, trust_env=False).text
        counted = {(one["refused"], one["signal"]): float(one["value"]) for one in re.finditer(
            r'^tw_console_(?:refused_total\{.*error_type="(?P<refused>\w+)"|stored_total\{).*tw_telemetry_signal="(?P<signal>\w+)".* '
            r"(?P<value>[0-9.e+]+)$", metrics, re.MULTILINE)}  # fmt: skip
        assert counted["bad_record", "traces"] == 1 and counted[None, "traces"] >= 3
        assert "tw_console_commit_duration_seconds_count" in metrics and "tw_console_kept_bytes" in metrics
        assert {one["trace_id"] for one in seen} == {one.hex() for one in ids}


@pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
def test_only_the_page_itself_may_use_the_ports(new_system, placement):
    system, console = start_with_console(new_system, placement)
    with client_of(console) as page, client_of(console, "otlp_http") as otlp, system.client() as shop:
        evil = {"host": "evil.example"}
        for path in ("/", "/q/status", "/shop/openapi.json"):
            refused = problem(page.get(path, headers=evil), 421, "HOST_NOT_ALLOWED")
            assert "console.hosts" in refused["detail"]
        assert otlp.post("/v1/traces", json={}, headers=evil).status_code == 421
        preflight = {"origin": "http://localhost:3000", "access-control-request-method": "POST"}
        assert otlp.options("/v1/traces", headers=preflight).headers["access-control-allow-origin"] == "http://localhost:3000"
        assert otlp.options("/v1/traces", headers=preflight | {"origin": "https://evil.example"}).status_code == 403
        assert "access-control-allow-origin" not in page.options("/q/status", headers=preflight).headers

        user = {"email": "page@example.com", "name": "Page"}
        for headers in ({}, {"X-Tradewind-Console": "1", "origin": "https://evil.example"}):
            problem(page.post("/shop/api/users", json=user, headers=headers), 403, "CROSS_SITE_REQUEST")
        problem(page.post("/shop/api/users", data=user, headers=PAGE), 403, "CROSS_SITE_REQUEST")
        made = page.post("/shop/api/users", json=user, headers=PAGE | {"idempotency-key": "key-1"})
        assert done(made)["name"] == "Page"
        again = page.post("/shop/api/users", json=user, headers=PAGE | {"idempotency-key": "key-1"})
        assert again.json()["id"] == made.json()["id"] and "idempotent-replayed" in again.headers
        shown = page.get(f"/shop/api/users/{made.json()['id']}")
        assert shown.headers["etag"] == shop.get(f"/api/users/{made.json()['id']}").headers["etag"]
        with socket.create_connection(tuple(console.ready["console"].split(":"))) as raw:
            raw.sendall(b"GET /shop/api/../ops HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert raw.makefile("rb").readline() == b"HTTP/1.1 404 Not Found\r\n"


def curl(console, path: str, *arguments: str) -> subprocess.Popen:
    url = f"http://{console.ready['console']}{path}"
    return subprocess.Popen(["curl", "-N", "-s", "--noproxy", "*", "--max-time", "30", *arguments, url], stdout=subprocess.PIPE, text=True)


def events_in(lines):
    """The orders that a stream of events tells, with their ids."""
    number = ""
    for line in lines:
        if line.startswith("id: "):
            number = line[4:].strip()
        elif line.startswith("data: "):
            yield number, json.loads(line[6:])


@pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
def test_the_events_of_an_order_pass_through_the_console_as_they_come(new_system, placement):
    # One stream at a time, so that a stream which is left behind is noticed.
    system, console = start_with_console(lambda env: new_system(env | {"TRADEWIND_HTTP_STREAMS_MAX": "1"}), placement)
    with system.client() as http, client_of(console) as page:
        order = create_order(http, create_user(http)["id"])
        path = f"/shop/api/orders/{order['id']}/events"
        with curl(console, path) as watch:
            seen = events_in(watch.stdout)
            assert next(seen)[1]["status"] == "pending"
            busy = page.get(path, headers={"accept": "text/event-stream"})
            problem(busy, 503, "TOO_MANY_STREAMS")
            assert "content-security-policy" in busy.headers
            watch.terminate()
        with until(lambda: stream_of(console, path)) as watch:
            seen = events_in(watch.stdout)
            assert next(seen)[1]["status"] == "pending"
            started = time.monotonic()
            done(http.post(f"/api/orders/{order['id']}/cancel", json={}))
            last, shown = next(seen)
            assert time.monotonic() - started < 2 and shown["status"] in {"canceling", "canceled"}
            for last, shown in seen:
                pass
        assert (watch.returncode, shown["status"]) == (0, "canceled")
        ended = page.get(path, headers={"accept": "text/event-stream", "last-event-id": last})
        assert (ended.status_code, ended.content) == (204, b"")
        problem(page.get("/shop/api/orders/nobody/events", headers={"accept": "text/event-stream"}), 404, "ORDER_NOT_FOUND")
        assert done(page.get(f"/shop/api/orders/{order['id']}", headers={"accept": "*/*"}))["status"] == "canceled"


def stream_of(console, path: str):
    """A stream, if there is room for one."""
    watch = curl(console, path, "-f")
    if watch.stdout.readline():
        return watch
    watch.communicate()
    return None


@pytest.mark.parametrize("placement, engine", [(FIVE, "sqlite")], scope="session")
def test_a_stream_ends_with_the_shop_and_is_seen_to_be_incomplete(new_system, placement):
    system = new_system()
    system.env["TRADEWIND_CONSOLE_GATEWAY_URL"] = system.url
    console = system.start_process("console")
    with system.client() as http, client_of(console) as page:
        order = create_order(http, create_user(http)["id"])
        path = f"/shop/api/orders/{order['id']}/events"
        with curl(console, path) as watch:
            assert next(events_in(watch.stdout))[1]["status"] == "pending"
            system.process_of("gateway").kill()
            started = time.monotonic()
            assert not [line for line in watch.stdout if line.startswith("data")]
            assert time.monotonic() - started < 2
        assert watch.returncode == 18, "curl: the transfer is incomplete"
        problem(page.get(path), 503, "SHOP_NOT_REACHED")
        system.start_process("gateway")


def test_a_taken_port_is_said_and_one_that_was_set_is_an_error(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        for key in ("console.address", "console.otlp_grpc_address", "console.otlp_http_address"):
            # Free ports are for addresses that no flag sets.
            ran = run("serve", "console", "--ops", "127.0.0.1:0", "--set", f"{key}={address}", "--data", tmp_path / "data",
                      *[word for other in ("console.address", "console.otlp_grpc_address", "console.otlp_http_address")
                        if other != key for word in ("--set", f"{other}=127.0.0.1:0")], folder=tmp_path)  # fmt: skip
            assert ran.returncode == 69, ran.stderr
            assert address in ran.stderr and key in ran.stderr


def test_an_address_for_others_is_refused(tmp_path):
    ran = run("serve", "console", "--ports", "auto", "--set", "console.address=0.0.0.0:8090", folder=tmp_path)
    assert ran.returncode == 78, ran.stderr
    assert "console.address" in ran.stderr and "loopback" in ran.stderr


@pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
@pytest.mark.parametrize("itself", [True, False])
def test_receiver_and_console_get_each_span_once(new_system, placement, itself):
    """`itself`: the receiver that is set is the console of the same process."""
    own, other = (f"127.0.0.1:{port}" for port in free_ports(2))
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{own if itself else other}", "OTEL_BSP_SCHEDULE_DELAY": "100"}
    system = new_system(ON | endpoint | {"TRADEWIND_TELEMETRY_RECEIVER": "optional"}, start=False)
    console = system.start_process("up", "--set", f"console.otlp_http_address={own}")
    trace_id = secrets.token_hex(16)
    with system.client() as http, client_of(console) as page:
        done(http.get("/api/products/prod-123", headers={"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01"}))

        def spans():
            answer = page.get(f"/q/traces/{trace_id}")
            return answer.json()["span_ids"] if answer.status_code == 200 and len(answer.json()["span_ids"]) >= 3 else None

        until(spans)
        time.sleep(0.5)  # what came a second time would have come by now
        assert len(spans()) == len(set(spans()))


@pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
def test_the_banner_leads_with_the_page(new_system, placement):
    system, console = start_with_console(new_system, placement)
    # The banner is printed after the file that says that the process is ready.
    (page,) = until(lambda: console.stderr_file.read_text().splitlines()[2:3])
    port = console.ready["console"].rpartition(":")[2]
    assert page == f"  console     http://localhost:{port}"
    without = system.start_process("up", "--no-console", replica="without")
    assert "console" not in without.ready
    assert "console" not in without.stderr_file.read_text()


@pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
def test_the_root_of_the_http_port_leads_a_browser_to_the_console(new_system):
    system = new_system(ON)
    console = "http://localhost:" + system.process_of("gateway").ready["console"].rsplit(":", 1)[1]
    with system.client() as http:
        page = http.get("/", headers={"accept": "text/html,*/*;q=0.8"})
        assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
        assert f'href="{console}"' in page.text
        assert http.get("/").json()["console"] == console
        for path in http.get("/").json()["paths"]:
            assert http.get(path).status_code == 200


@pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
def test_the_traces_of_an_order_are_found_by_its_id(new_system):
    system, console = start_with_console(new_system, ONE)
    with system.client() as http, client_of(console) as page:
        order = create_order(http, create_user(http)["id"])
        done(http.post(f"/api/orders/{order['id']}/pay", json={"payment_token": "tok_ok"}))

        def names():
            found = page.get("/q/traces", params={"q": f"shop.order.id={order['id']}"}).json()["traces"]
            return {one["name"] for one in found} >= {"POST /api/orders", "POST /api/orders/{id}/pay"}

        until(names)
