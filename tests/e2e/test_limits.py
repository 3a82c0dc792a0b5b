"""What one caller may ask of the edge, how long a request may take there, and which pages may ask at all."""

import re
import socket
import threading
import time

import httpx
import pytest

from harness.process import run
from harness.shop import create_user, problem
from harness.system import FIVE, ONE

SMALL = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
ORIGIN = "https://shop.example"
UNKNOWN_USER = "/api/users/01a20000-0000-7000-8000-000000000000"


@SMALL
def test_limits_are_on_by_default_and_generous(system):
    with system.client() as http:
        answers = [http.get(UNKNOWN_USER) for _ in range(300)]
    assert {answer.status_code for answer in answers} == {404}
    assert "ratelimit" not in answers[0].headers
    shown = httpx.get(system.ops_url() + "/config", timeout=10, trust_env=False).text
    assert re.search(r"http\.requests_per_second_max\D+[1-9]\d*", shown), shown


@SMALL
def test_who_asks_too_often_is_told_when_to_come_back(new_system):
    system = new_system({"TRADEWIND_HTTP_REQUESTS_PER_SECOND_MAX": "2", "TRADEWIND_HTTP_REQUESTS_BURST_MAX": "5"})
    with system.client() as http:
        answers = [http.get(UNKNOWN_USER) for _ in range(8)]
        assert [answer.status_code for answer in answers[:5]] == [404] * 5
        refused = answers[-1]
        problem(refused, 429, "RATE_LIMITED")
        assert refused.json()["retryable"] is True
        assert refused.headers["ratelimit-policy"] == '"caller-route";q=5;w=3'
        assert refused.headers["ratelimit"].startswith('"caller-route";r=0;t=')
        assert {http.get("/ready").status_code for _ in range(20)} == {200}, "probes are not limited"
        create_user(http)
        time.sleep(int(refused.headers["retry-after"]))
        assert http.get(UNKNOWN_USER).status_code == 404


@SMALL
def test_limits_can_be_turned_off(new_system):
    system = new_system({"TRADEWIND_HTTP_REQUESTS_PER_SECOND_MAX": "0", "TRADEWIND_HTTP_REQUESTS_BURST_MAX": "1"})
    with system.client() as http:
        assert {http.get(UNKNOWN_USER).status_code for _ in range(10)} == {404}


@SMALL
def test_pages_of_an_allowed_origin_may_use_the_api(new_system):
    system = new_system({"TRADEWIND_HTTP_CORS_ORIGINS": f"http://localhost:3000, {ORIGIN}"})
    with system.client() as http:
        asked = {"origin": ORIGIN, "access-control-request-method": "POST", "access-control-request-headers": "content-type"}
        preflight = http.options("/api/users", headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == ORIGIN
        assert "POST" in preflight.headers["access-control-allow-methods"]
        assert "content-type" in preflight.headers["access-control-allow-headers"].lower()
        assert preflight.headers["access-control-max-age"] == "600"
        answer = http.get(UNKNOWN_USER, headers={"origin": ORIGIN})
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert "etag" in answer.headers["access-control-expose-headers"].lower()
        other = http.options("/api/users", headers=asked | {"origin": "https://other.example"})
        assert not [name for name in other.headers if name.startswith("access-control")]


@SMALL
def test_without_the_setting_no_page_of_elsewhere_may(system):
    with system.client() as http:
        answer = http.options("/api/users", headers={"origin": ORIGIN, "access-control-request-method": "POST"})
    assert answer.status_code == 204
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_what_is_no_origin_is_refused_at_start(tmp_path):
    env = {"TRADEWIND_HTTP_CORS_ORIGINS": "shop.example"}
    refused = run("up", "--ports", "auto", "--data", tmp_path / "data", folder=tmp_path, env=env)
    assert refused.returncode == 78, refused.stderr
    assert "http.cors_origins" in refused.stderr and "shop.example" in refused.stderr


class Silence:
    """A service that takes connections and says nothing."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._taken: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                self._taken.append(self._listener.accept()[0])
            except OSError:
                return

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self):
        self._listener.close()
        for one in self._taken:
            one.close()


@pytest.mark.parametrize("placement, engine", [(FIVE, "sqlite")], scope="session")
def test_a_route_takes_as_long_as_its_contract_says_and_no_longer(new_system):
    silence = Silence()
    system = new_system()
    try:
        system.processes["gateway"].stop()
        gateway = system.start_process("gateway", "--set", f"user.url={silence.url}")
        with system.client() as http:
            started = time.monotonic()
            answer = http.get(UNKNOWN_USER)
            took = time.monotonic() - started
        problem(answer, 504, "DEADLINE_EXCEEDED")
        assert 0.5 < took < 5, "GetUser has a second or two, the server's own limit is fifteen"
        gateway.stop()
    finally:
        silence.close()
