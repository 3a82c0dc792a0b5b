"""Parts go away and come back: requests are answered or refused as promised, and everything resumes by itself."""

import secrets
import subprocess

import httpx
import pytest
from deployed.mixed import shop_once
from harness.process import run
from harness.shop import create_user, done, new_email
from production_like.ports import HOST, SERVICES
from production_like.stores import INIT
from rig.program import until

BACK_SECONDS_MAX = 60  # generous: machines are shared


def traced(http: httpx.Client, request: str = "/api/products/prod-123") -> str:
    """The trace of a request that was answered."""
    trace = secrets.token_hex(16)
    done(http.get(request, headers={"traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}))
    return trace


def operations(running, module: str, path: str) -> httpx.Response:
    return httpx.get(running.at(f"{module}-operations") + path, timeout=10, trust_env=False)


def metric(running, module: str, name: str) -> float:
    """The sum of its samples on the operations port."""
    lines = operations(running, module, "/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((name + "{", name + " ")))


def dropped(running, module: str) -> float:
    return metric(running, module, "tw_telemetry_dropped_total")


def arrives(jaeger, trace: str):
    until(f"{trace} in Jaeger", lambda: jaeger.traces(f"traces/{trace}"), BACK_SECONDS_MAX)


def test_without_a_collector_requests_go_on_and_what_is_lost_is_counted(running, http, jaeger):
    arrives(jaeger, traced(http))
    before = dropped(running, "gateway")
    running.part("collector").stop()
    try:
        until("drops are counted", lambda: [traced(http) for _ in range(200)] and dropped(running, "gateway") > before, BACK_SECONDS_MAX)
        shop_once(http)
    finally:
        running.part("collector").start()

    # A trace of before the return may have been dropped; one of after it that is kept shows that telemetry flows again.
    def new_trace_arrives() -> bool:
        trace = traced(http)
        try:
            until("there", lambda: jaeger.traces(f"traces/{trace}"), 3)
        except AssertionError:
            return False
        return True

    until("telemetry resumes", new_trace_arrives, BACK_SECONDS_MAX)
    # The signal that was lost has a connection of its own, which may be back later than that of the traces.
    until("the loss is logged", lambda: any(record["event_name"] == "telemetry.dropped" for record in running.log("gateway")), BACK_SECONDS_MAX)


def test_what_was_told_while_jaeger_was_away_is_there_afterwards(running, http, jaeger):
    exported = "otel_sdk_exporter_span_exported_total"
    running.part("jaeger").stop()
    try:
        before = metric(running, "gateway", exported)
        told = [traced(http) for _ in range(20)]
        spans = 2 * len(told)  # the request, and the call that it made
        until("the collector has taken them", lambda: metric(running, "gateway", exported) >= before + spans, BACK_SECONDS_MAX)
    finally:
        running.part("jaeger").start()
    for trace in told:
        arrives(jaeger, trace)


def test_while_postgresql_restarts_the_edge_says_when_to_come_back(running, http):
    user = create_user(http)
    running.topology.postgresql.stop()
    try:
        refused = until("a refusal", lambda: _refusal(http), BACK_SECONDS_MAX)
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.headers["content-type"] == "application/problem+json"
        assert http.get("/health").status_code == 200
        unready = until("not ready", lambda: _unready(running, "user"), BACK_SECONDS_MAX)
        assert "user" in unready.text
    finally:
        running.topology.postgresql.start()
    for module in SERVICES:
        until(f"{module} is ready", lambda module=module: operations(running, module, "/ready").status_code == 200, BACK_SECONDS_MAX)
    # Each loop of each module has connections of its own; all of them come back.
    until("every write is answered", lambda: all(_creates(http) for _ in range(20)), BACK_SECONDS_MAX)
    assert done(http.get(f"/api/users/{user['id']}"))["email"] == user["email"]
    until("the whole shop works", lambda: _shops(http), BACK_SECONDS_MAX)


def _refusal(http: httpx.Client) -> httpx.Response | None:
    answer = http.post("/api/users", json={"email": new_email(), "name": "Alice"})
    assert answer.status_code in (200, 503), answer.text
    return answer if answer.status_code == 503 else None


def _unready(running, module: str) -> httpx.Response | None:
    answer = operations(running, module, "/ready?verbose")
    return answer if answer.status_code == 503 else None


def _creates(http: httpx.Client) -> bool:
    return http.post("/api/users", json={"email": new_email(), "name": "Alice"}).status_code == 200


def _shops(http: httpx.Client) -> bool:
    try:
        shop_once(http)
    except AssertionError:
        return False
    return True


def test_redis_may_go_and_come_back_and_no_result_changes(running, http):
    user = create_user(http)
    before = len(running.log("user"))

    def read_until(event: str):
        """It is said on behalf of a request: nobody asks Redis for its own sake."""

        def said() -> bool:
            assert done(http.get(f"/api/users/{user['id']}")) == user
            return any(record["event_name"] == event for record in running.log("user")[before:])

        until(event, said, BACK_SECONDS_MAX)

    running.part("redis").stop()
    try:
        shop_once(http)
        read_until("redis.unavailable")
    finally:
        running.part("redis").start()
    read_until("redis.available")
    shop_once(http)


def one_line(refused: subprocess.CompletedProcess, *parts: str):
    """It failed, and said why in one line that has these parts."""
    assert 0 < refused.returncode < 128, refused
    (line,) = refused.stderr.strip().splitlines()
    for part in parts:
        assert part in line, line


def serve_user(tmp_path, url: str, *more: str) -> subprocess.CompletedProcess:
    return run("serve", "user", "--ports", "auto", *more, folder=tmp_path, env={"DATABASE_URL": url})


def test_a_wrong_password_is_one_line(running, tmp_path):
    url = running.topology.postgresql.url("user")
    password = url.partition("@")[0].rpartition(":")[2]
    refused = serve_user(tmp_path, url.replace(password, "not-the-password"))
    one_line(refused, "password", "DATABASE_URL")
    assert "not-the-password" not in refused.stderr


def test_the_database_of_another_service_is_one_line(running, tmp_path):
    url = running.topology.postgresql.url("user").rpartition("/")[0] + "/payment_service"
    one_line(serve_user(tmp_path, url), "payment_service", "DATABASE_URL")


def test_a_busy_port_is_one_line(running, tmp_path):
    taken = f"{HOST}:{running.topology.ports['user']}"
    refused = serve_user(tmp_path, running.topology.postgresql.url("user"), "--grpc", f"user={taken}")
    one_line(refused, taken)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("empty", [False, True], ids=["missing", "empty"])
def test_a_missing_password_is_one_line(service, empty, tmp_path):
    """Before anything is asked of a server: none is named here."""
    given = {}
    for one in SERVICES:
        file = tmp_path / one
        if one != service or empty:
            file.write_text("" if one == service else "secret")
        given[f"{one.upper()}_DB_PASSWORD_FILE"] = str(file)
    env = {"PATH": "/usr/bin:/bin", "PGHOST": "/nowhere"} | given
    refused = subprocess.run([INIT], env=env, capture_output=True, text=True, check=False, timeout=30)
    one_line(refused, f"{service.upper()}_DB_PASSWORD_FILE")
