"""What the HTTP port believes of proxies, what requests may look like there, and what its answers have for browsers and proxies."""

import gzip
import re
import struct
import time

import httpx
import pytest

from harness.process import run
from harness.production import production
from harness.shop import create_user, problem
from harness.system import ONE
from harness.wire import Wire, request

SMALL = pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")

TRUSTED = {"TRADEWIND_HTTP_TRUSTED_PROXIES": "127.0.0.0/8"}
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def wait_for_record(system, *texts: str) -> dict:
    """The first record of the log with these texts."""
    until = time.monotonic() + 20
    while True:
        for record in system.process_of("gateway").log_records():
            if all(text in str(record) for text in texts):
                return record
        assert time.monotonic() < until, system.tail()
        time.sleep(0.05)


@SMALL
def test_a_trusted_proxy_says_who_the_client_is(new_system):
    system = new_system(TRUSTED)
    with system.client() as http:
        http.get("/health", headers={"x-forwarded-for": "203.0.113.1, 198.51.100.7", "x-request-id": "from-a-proxy"})
    assert "198.51.100.7" in str(wait_for_record(system, "from-a-proxy", "http.request"))


@SMALL
def test_forwarded_is_read_where_it_is_chosen(new_system):
    system = new_system(TRUSTED | {"TRADEWIND_HTTP_PROXY_HEADER": "forwarded"})
    fields = {"forwarded": 'for=203.0.113.1, for="[2001:db8::7]:80";proto=https', "x-forwarded-for": "192.0.2.1"}
    with system.client() as http:
        http.get("/health", headers=fields | {"x-request-id": "from-a-proxy"})
    assert "2001:db8::7" in str(wait_for_record(system, "from-a-proxy", "http.request"))


@SMALL
def test_a_client_is_not_believed(system):
    with system.client() as http:
        http.get("/health", headers={"x-forwarded-for": "203.0.113.1", "forwarded": "for=203.0.113.2", "x-request-id": "from-a-client"})
    assert "203.0.113" not in str(wait_for_record(system, "from-a-client", "http.request"))


@SMALL
def test_clients_behind_a_proxy_have_limits_of_their_own(new_system):
    system = new_system(TRUSTED | {"TRADEWIND_HTTP_REQUESTS_PER_SECOND_MAX": "1", "TRADEWIND_HTTP_REQUESTS_BURST_MAX": "2"})
    path = "/api/users/01a20000-0000-7000-8000-000000000000"
    with system.client() as http:
        for address in ("198.51.100.7", "198.51.100.8"):
            answers = [http.get(path, headers={"x-forwarded-for": address}).status_code for _ in range(3)]
            assert answers == [404, 404, 429], address


@SMALL
def test_the_proxy_protocol_comes_before_the_first_byte(new_system):
    system = new_system(TRUSTED | {"TRADEWIND_HTTP_PROXY_HEADER": "proxy-protocol"})
    addresses = bytes((198, 51, 100, 7, 10, 0, 0, 1)) + struct.pack("!HH", 4711, 443)
    header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack("!H", len(addresses)) + addresses
    with Wire(system.address) as wire:
        assert wire.send(header + request("GET", "/health", "x-request-id: by-the-protocol")).read_answer().status == 200
    assert "198.51.100.7" in str(wait_for_record(system, "by-the-protocol", "http.request"))
    with Wire(system.address) as wire:
        assert wire.send(request("GET", "/health")).at_end(), "the proxy has to say who its client is"
    wait_for_record(system, "PROXY_PROTOCOL", "http.rejected")


def test_proxies_that_are_no_networks_are_refused_at_the_start(tmp_path):
    for networks in ("10.0.0.0/33", "10.0.0.1/8", "proxy.example"):
        env = {"TRADEWIND_HTTP_TRUSTED_PROXIES": networks}
        refused = run("up", "--ports", "auto", "--data", str(tmp_path / "data"), folder=tmp_path, env=env)
        assert refused.returncode == 78, refused
        assert "http.trusted_proxies" in refused.stderr and networks in refused.stderr


@SMALL
def test_every_answer_names_the_request(system):
    with system.client() as http:
        assert http.get("/health", headers={"x-request-id": "order-7/2"}).headers["x-request-id"] == "order-7/2"
        assert http.get("/nowhere", headers={"traceparent": TRACEPARENT}).headers["x-request-id"] == TRACEPARENT[3:35]
        for wrong in ("a b", "x" * 129, "<script>"):
            assert re.fullmatch("[0-9a-f]{32}", http.get("/health", headers={"x-request-id": wrong}).headers["x-request-id"])
    with httpx.Client(http1=False, http2=True, trust_env=False, timeout=20) as client:
        assert client.get(system.url + "/health", headers={"x-request-id": "by-http-2"}).headers["x-request-id"] == "by-http-2"


@SMALL
def test_browsers_are_told_what_not_to_do(new_system, tmp_path):
    system = new_system()
    with system.client() as http:
        answers = [http.get("/api/products"), http.get("/nowhere"), http.post("/api/users", content="{")]
        for answer in answers:
            assert answer.headers["x-content-type-options"] == "nosniff", answer
            assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["cache-control"] == "private, no-cache"
            assert "strict-transport-security" not in answer.headers, "without TLS it would mean nothing"
        assert http.get("/health").headers["cache-control"] == "no-store"
    terminated = production(tmp_path / "issuer") | {"TRADEWIND_HTTP_TLS": "terminated-upstream"}
    with new_system(terminated).client() as http:
        assert http.get("/health").headers["strict-transport-security"] == "max-age=31536000"
    with new_system({"TRADEWIND_HTTP_SECURITY_HEADERS": "off"}).client() as http:
        assert "x-content-type-options" not in http.get("/health").headers


@SMALL
def test_a_long_answer_is_compressed_for_those_who_prefer_it(system):
    with system.client() as http, http.stream("GET", "/openapi.json", headers={"accept-encoding": "br, gzip;q=0.5"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["vary"] == "Accept-Encoding"
        packed = b"".join(answer.iter_raw())
    with system.client() as http:
        for preference in ("identity", "gzip;q=0", "gzip;q=0.5, identity;q=0.6", ""):
            plain = http.get("/openapi.json", headers={"accept-encoding": preference})
            assert "content-encoding" not in plain.headers, preference
            assert plain.headers["vary"] == "Accept-Encoding"
        assert gzip.decompress(packed) == plain.content
        assert "content-encoding" not in http.get("/health", headers={"accept-encoding": "gzip"}).headers, "a short one is not"


@SMALL
def test_the_tag_of_a_compressed_answer_holds_for_the_object(new_system):
    system = new_system({"TRADEWIND_HTTP_GZIP_BYTES_MIN": "1"})
    with system.client() as http:
        user = create_user(http)
        path = f"/api/users/{user['id']}"
        tag = http.get(path, headers={"accept-encoding": "gzip"}).headers["etag"]
        assert tag == '"1-gzip"'
        same = http.get(path, headers={"accept-encoding": "gzip", "if-none-match": tag})
        assert same.status_code == 304 and same.headers["etag"] == tag
        assert http.patch(path, json={"name": "Ada L."}, headers={"if-match": tag}).status_code == 200
        assert http.patch(path, json={"name": "Ada M."}, headers={"if-match": tag}).status_code == 412


@SMALL
def test_paths_and_queries_have_a_length_and_a_number_of_parts(system):
    with system.client() as http:
        for path in ("/" + "p" * 2048, "/p" * 33, "/?" + "q" * 8193, "/?" + "&".join(f"q{i}=1" for i in range(101))):
            problem(http.get(path), 414, "URI_TOO_LONG")
        for path in ("/" + "p" * 2047, "/p" * 32, "/nowhere?" + "&".join(f"q{i}=1" for i in range(100))):
            assert http.get(path).status_code == 404, path


@SMALL
def test_trace_and_connect_are_refused(system):
    with system.client() as http:
        assert http.request("TRACE", "/api/users").status_code == 405
        assert http.request("TRACE", "/nowhere").status_code == 404
    with Wire(system.address) as wire:
        assert wire.send(b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n").read_answer().status == 501
