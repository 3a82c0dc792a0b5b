"""The console loses nothing that it has answered for: not by the end of its process, and not by a receiver that never answers."""

import secrets
import socket
import threading

import httpx
import pytest

from harness.process import Process
from harness.shop import done
from harness.system import ONE

from test_console import ON, client_of, trace_request, until

SENDERS = 4


def start_console(folder) -> Process:
    return Process("console", ["serve", "console", "--ports", "auto", "--data", str(folder / "data")], folder).wait_ready()


def send_until_it_ends(console: Process, answered: list[bytes]):
    """Sends one trace after the other; remembers those that were answered with success."""
    with client_of(console, "otlp_http") as http:
        while True:
            trace_id = secrets.token_bytes(16)
            request = trace_request(trace_id, "first", "second")
            try:
                answer = http.post("/v1/traces", content=request.SerializeToString(), headers={"content-type": "application/x-protobuf"})
            except httpx.HTTPError:
                return
            assert answer.status_code == 200
            answered.append(trace_id)


def test_all_that_was_answered_is_there_after_a_kill(tmp_path):
    console = start_console(tmp_path)
    answered: list[bytes] = []
    senders = [threading.Thread(target=send_until_it_ends, args=(console, answered)) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    until(lambda: len(answered) >= 200)
    console.kill()
    for sender in senders:
        sender.join()
    console = start_console(tmp_path)
    try:
        with client_of(console) as page:
            for trace_id in answered:
                assert len(done(page.get(f"/q/traces/{trace_id.hex()}"))["span_ids"]) == 2
            assert not done(page.get("/q/status")).get("losses")
    finally:
        console.kill()


@pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
def test_a_receiver_that_never_answers_costs_the_console_nothing(new_system, placement):
    with socket.create_server(("127.0.0.1", 0)) as hole:
        endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{hole.getsockname()[1]}", "OTEL_BSP_SCHEDULE_DELAY": "100",
                    "OTEL_EXPORTER_OTLP_TIMEOUT": "1000", "TRADEWIND_TELEMETRY_RECEIVER": "optional"}  # fmt: skip
        system = new_system(ON | endpoint)
        console = system.process_of("gateway")
        ids = [secrets.token_hex(16) for _ in range(100)]
        with system.client() as http, client_of(console) as page:
            for trace_id in ids:
                done(http.get("/api/products/prod-123", headers={"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01"}))

            def whole(trace_id: str) -> bool:
                answer = page.get(f"/q/traces/{trace_id}")
                return answer.status_code == 200 and len(answer.json()["span_ids"]) >= 3

            for trace_id in ids:
                until(lambda trace_id=trace_id: whole(trace_id))
            assert not done(page.get("/q/status")).get("losses")
