"""Requests that are refused before the gateway has them: a page of an allowed origin reads why, and paths mean what they mean."""

import httpx
import pytest

from harness.system import ONE, System
from harness.wire import Wire, request

ORIGIN = "https://shop.example"
JSON = "Content-Type: application/json"
REFUSED = {
    "413 announced": (413, request("POST", "/api/users", JSON, f"Origin: {ORIGIN}", "Content-Length: 2000000")),
    "413 chunked": (
        413,
        request("POST", "/api/users", JSON, f"Origin: {ORIGIN}", "Transfer-Encoding: chunked") + b"200000\r\n" + b"x" * 0x200000,
    ),
    "414": (414, request("GET", "/" + "x" * 9000, f"Origin: {ORIGIN}")),
    "431": (431, request("GET", "/", "X: " + "x" * 20_000, f"Origin: {ORIGIN}")),
    "400": (400, request("GET", "/", f"Origin: {ORIGIN}", "Content-Length: x")),
    "417": (417, request("GET", "/", f"Origin: {ORIGIN}", "Expect: wonders")),
}


@pytest.fixture(scope="module")
def open_system(tmp_path_factory, placement):
    system = System(placement, tmp_path_factory.mktemp("cors"), {"TRADEWIND_HTTP_CORS_ORIGINS": ORIGIN})
    try:
        yield system.start()
        system.stop()
    finally:
        system.kill()


@pytest.mark.parametrize("placement", [ONE], scope="module")
@pytest.mark.parametrize("case", REFUSED)
def test_a_page_of_an_allowed_origin_reads_an_early_refusal(open_system, case):
    status, bytes_ = REFUSED[case]
    with Wire(open_system.address) as wire:
        answer = wire.send(bytes_).read_answer()
    assert answer.status == status
    assert answer.headers.get("access-control-allow-origin") == ORIGIN


@pytest.mark.parametrize("placement", [ONE], scope="module")
@pytest.mark.parametrize("case", REFUSED)
def test_a_page_of_another_origin_does_not(open_system, case):
    _, bytes_ = REFUSED[case]
    with Wire(open_system.address) as wire:
        answer = wire.send(bytes_.replace(ORIGIN.encode(), b"https://evil.example")).read_answer()
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
def test_letters_that_need_no_encoding_mean_the_same_encoded(system, http):
    with Wire(system.address) as wire:
        for path in ("/api/%75sers", "/%61pi/u%73ers", "/%68ealth", "/healthz"):
            assert wire.send(request("GET", path)).read_answer().status == 200, path
        assert wire.send(request("GET", "/api%2Fusers")).read_answer().status == 404
    for path in ("/healthz", "/%6Detrics", "/%72eady"):
        assert httpx.get(system.ops_url() + path, trust_env=False, timeout=20).status_code == 200, path
