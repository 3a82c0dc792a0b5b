"""`tradewind traces` and `tradewind logs`: what the console has is listed, shown and followed on a terminal."""

import json
import secrets
import subprocess
import time

import httpx
import pytest
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

from harness.process import Process, binary, clean_environment, run

SECONDS_MAX = 10


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    folder = tmp_path_factory.mktemp("console")
    process = Process("console", ["serve", "console", "--ports", "auto", "--data", str(folder / "data")], folder)
    try:
        yield process.wait_ready()
        process.stop()
    finally:
        process.kill()


def url_of(console) -> str:
    return "http://" + console.ready["console"]


@pytest.fixture
def command(console, tmp_path):
    return lambda *words, code=0: said(run(*words, "--console", url_of(console), folder=tmp_path), code)


def said(ran, code: int) -> str:
    assert ran.returncode == code, (ran.stdout, ran.stderr)
    return ran.stdout if code == 0 else ran.stderr


def send(console, path: str, request):
    body = request.SerializeToString()
    answer = httpx.post(f"http://{console.ready['otlp_http']}{path}", content=body, headers={"content-type": "application/x-protobuf"}, trust_env=False)
    assert answer.status_code == 200, answer.text


def send_trace(console, service: str, *names: str) -> str:
    """Sends a trace whose spans are below each other, and returns its id."""
    request = trace_service_pb2.ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = service
    scope = resource.scope_spans.add()
    trace_id, parent, now = secrets.token_bytes(16), b"", time.time_ns()
    for number, name in enumerate(names):
        span = scope.spans.add(trace_id=trace_id, span_id=secrets.token_bytes(8), parent_span_id=parent, name=name, kind=2)
        span.start_time_unix_nano = now + number * 1_000_000
        span.end_time_unix_nano = now + 250_000_000 - number * 1_000_000
        parent = span.span_id
    send(console, "/v1/traces", request)
    return trace_id.hex()


def send_log(console, service: str, body: str, severity: int = 9, age_s: int = 0):
    request = logs_service_pb2.ExportLogsServiceRequest()
    resource = request.resource_logs.add()
    resource.resource.attributes.add(key="service.name").value.string_value = service
    record = resource.scope_logs.add().log_records.add(time_unix_nano=time.time_ns() - age_s * 1_000_000_000, severity_number=severity)
    record.body.string_value = body
    send(console, "/v1/logs", request)


def test_traces_are_listed_and_one_is_shown_as_a_tree(console, command):
    slow = send_trace(console, "list-test", "outer", "inner")
    send_trace(console, "other-test", "outer")
    listed = command("traces", "service:list-test", "duration>200ms")
    assert slow in listed and "list-test: outer" in listed and len(listed.splitlines()) == 1
    assert [json.loads(line)["trace_id"] for line in command("traces", "service:list-test", "--json").splitlines()] == [slow]
    tree = command("traces", "show", slow).splitlines()
    assert tree[0].startswith(f"trace {slow}, 2 spans, 250.00 ms, ")
    assert tree[2].endswith("list-test: outer (server)") and tree[3].endswith("1.00     248.00    list-test: inner (server)")
    assert json.loads(command("traces", "show", slow, "--json"))["summary"]["trace_id"] == slow
    assert "trace" in command("traces", "show", "0" * 32, code=1)


def test_log_records_are_found_by_query_and_time_and_hostile_text_is_shown(console, command):
    send_log(console, "log-test", "an old one", age_s=3600)
    send_log(console, "log-test", "clear \x1b[2J and \u202eturn\nline", severity=17)
    assert len(command("logs", "service:log-test").splitlines()) == 2
    line = command("logs", "service:log-test", "--from", "-15m")
    assert "ERROR" in line and "clear <U+001B>[2J and <U+202E>turn\\nline" in line
    assert line.count("\n") == 1 and "\x1b" not in line
    assert "an old one" in command("logs", "service:log-test", "--to=-15m", "--limit", "1")
    assert json.loads(command("logs", "service:log-test", "severity>=error", "--json"))["body"].startswith("clear \x1b")
    assert command("logs", "service:log-test", "nowhere") == ""


def follow(console, tmp_path, *words):
    arguments = [str(binary()), *words, "--follow", "--json", "--console", url_of(console)]
    return subprocess.Popen(arguments, cwd=tmp_path, env=clean_environment(None), stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("signal", ["logs", "traces"])
def test_what_comes_is_followed(console, tmp_path, signal):
    service = f"follow-{signal}"
    send_one = (lambda word: send_log(console, service, word)) if signal == "logs" else (lambda word: send_trace(console, service, word))
    seen = (lambda line: json.loads(line)["body"]) if signal == "logs" else (lambda line: json.loads(line)["name"])
    send_one("before")
    following = follow(console, tmp_path, signal, f"service:{service}", "--limit", "5")
    try:
        assert seen(following.stdout.readline()) == "before"
        for word in ("first", "second"):
            send_one(word)
            assert seen(following.stdout.readline()) == word
    finally:
        following.terminate()
        following.communicate(timeout=SECONDS_MAX)


def test_mistakes_are_explained(console, command, tmp_path):
    bad = command("traces", "service:x duration>200mz", code=64).splitlines()
    assert '"mz"' in bad[0] and bad[1] == "  service:x duration>200mz" and bad[2].strip() == "^"
    assert "--limit takes a number" in command("logs", "--limit", "many", code=64)
    assert "--from takes a time such as -15m" in command("logs", "--from", "yesterday", code=64)
    assert "32 hexadecimal digits" in command("traces", "show", "0af7", code=64)
    away = said(run("logs", "--set", "console.address=127.0.0.1:9", folder=tmp_path), 69)
    assert "no answer from the console at http://127.0.0.1:9" in away and "--console" in away
    off = run("logs", "--set", "console.address=127.0.0.1:9", "--set", "telemetry.console=off", folder=tmp_path)
    assert "the setting telemetry.console" in said(off, 69)
    other = said(run("logs", "--console", "http://" + console.ready["ops"], folder=tmp_path), 1)
    assert "is no console of this version" in other


def test_the_running_console_is_found_by_its_data_folder(tmp_path):
    data = tmp_path / "data"
    console = Process("console", ["serve", "console", "--ports", "auto", "--data", str(data)], tmp_path)
    try:
        console.wait_ready()
        address = console.ready["console"]
        trace_id = send_trace(console, "order-service", "POST /api/orders")
        assert "order-service" in said(run("traces", "--data", str(data), folder=tmp_path), 0)
        assert "POST /api/orders" in said(run("traces", "show", trace_id, "--data", str(data), folder=tmp_path), 0)
        assert "runtime.ready" in said(run("logs", "--data", str(data), folder=tmp_path), 0)
        set_address = run("logs", "--data", str(data), "--set", "console.address=127.0.0.1:9", folder=tmp_path)
        assert "http://127.0.0.1:9" in said(set_address, 69)
        console.kill()
        gone = said(run("logs", "--data", str(data), folder=tmp_path), 69)
        assert f"no answer from the console at http://{address}" in gone
        assert f"a console with the data folder {data} was there" in gone and "--console" in gone
        other = tmp_path / "other"
        never = run("logs", "--data", str(other), "--set", "telemetry.console=on", folder=tmp_path)
        # Another program may listen at the default port.
        assert never.returncode != 69 or f"with the data folder {other}? --data names" in never.stderr
        console = Process("console", ["serve", "console", "--ports", "auto", "--data", str(data)], tmp_path)
        console.wait_ready()
        assert "order-service" in said(run("traces", "--data", str(data), folder=tmp_path), 0)
        console.stop()
        assert not (data / "console" / "address").exists()
    finally:
        console.kill()
