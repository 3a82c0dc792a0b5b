"""Trace contexts through HTTP server and client, seen from outside: after the cases of the W3C validation harness. And what of
them reaches the product."""

import json
import re
import subprocess

import pytest

from harness.trace_context import B3_SPAN, B3_TRACE, PARENT, SPAN, TRACE, program, traceparent, tracestate

# None of them may fail a request, and none may be gone on with.
MALFORMED = [
    "",
    "garbage",
    "-",
    "---",
    "00",
    "00-",
    f"00-{TRACE}",
    f"00-{TRACE}-{SPAN}",
    f"00-{TRACE}-{SPAN}-",
    f"00-{TRACE}-{SPAN}-1",
    f"00-{TRACE}-{SPAN}-001",
    f"00-{TRACE}-{SPAN}-.0",
    f"00-{TRACE}-{SPAN}-0.",
    f"00-{TRACE}-{SPAN}-0x",
    f"00-{TRACE}-{SPAN}-0A",
    f"00-{TRACE}-{SPAN}-01.",
    f"00-{TRACE}-{SPAN}-01-",
    f"00-{TRACE}-{SPAN}-01-what-the-future-will-be-like",
    f"cc-{TRACE}-{SPAN}-01.what-the-future-will-be-like",
    f"cc-{TRACE}-{SPAN}-1",
    f"ff-{TRACE}-{SPAN}-01",
    f"FF-{TRACE}-{SPAN}-01",
    f"0A-{TRACE}-{SPAN}-01",
    f".0-{TRACE}-{SPAN}-01",
    f"0.-{TRACE}-{SPAN}-01",
    f"0-{TRACE}-{SPAN}-01",
    f"000-{TRACE}-{SPAN}-01",
    f"0000-{TRACE}-{SPAN}-01",
    f"00-{'0' * 32}-{SPAN}-01",
    f"00-{TRACE}-{'0' * 16}-01",
    f"00-{TRACE[:-1]}-{SPAN}-01",
    f"00-{TRACE}3-{SPAN}-01",
    f"00-.{TRACE[1:]}-{SPAN}-01",
    f"00-{TRACE[:-1]}.-{SPAN}-01",
    f"00-{TRACE[:-2]}AB-{SPAN}-01",
    f"00-{TRACE}-{SPAN[:-1]}-01",
    f"00-{TRACE}-{SPAN}7-01",
    f"00-{TRACE}-.{SPAN[1:]}-01",
    f"00-{TRACE}-{SPAN[:-1]}.-01",
    f"00-{TRACE}-{SPAN[:-1]}F-01",
    f"00_{TRACE}_{SPAN}_01",
    f"00 {TRACE} {SPAN} 01",
    f'"{PARENT}"',
    f"{PARENT},{PARENT}",
    f"{PARENT},",
    f"cc-{TRACE}-{SPAN}-01-x,{PARENT}",
    "\xfftrace",
    "0" * 4000,
]

@pytest.fixture(scope="session")
def service(trace_context):
    return trace_context()


def test_without_a_traceparent_a_random_sampled_trace_begins(service, sink):
    (first,) = service.relay(sink, [])
    (second,) = service.relay(sink, [])
    assert traceparent(first)[0] != traceparent(second)[0]
    assert traceparent(first)[2] == "03"
    assert tracestate(first) is None


@pytest.mark.parametrize("flags", ["00", "01", "02", "03"])
def test_a_traceparent_is_gone_on_with_and_keeps_its_flags(service, sink, flags):
    (got,) = service.relay(sink, [("traceparent", f"00-{TRACE}-{SPAN}-{flags}")])
    trace, span, sent = traceparent(got)
    assert (trace, sent) == (TRACE, flags)
    assert span != SPAN


def test_flags_without_meaning_are_not_passed_on(service, sink):
    (got,) = service.relay(sink, [("traceparent", f"00-{TRACE}-{SPAN}-ff")])
    assert traceparent(got)[2] == "03"


@pytest.mark.parametrize("name", ["TraceParent", "TrAcEpArEnT", "TRACEPARENT"])
def test_the_case_of_the_name_does_not_matter(service, sink, name):
    (got,) = service.relay(sink, [(name, PARENT)])
    assert traceparent(got)[0] == TRACE


@pytest.mark.parametrize("name", ["trace-parent", "trace.parent", "traceparents"])
def test_another_name_is_none(service, sink, name):
    (got,) = service.relay(sink, [(name, PARENT)])
    assert traceparent(got)[0] != TRACE


@pytest.mark.parametrize("value", MALFORMED)
def test_a_malformed_traceparent_begins_a_new_trace(service, sink, value):
    (got,) = service.relay(sink, [("traceparent", value), ("tracestate", "foo=1")])
    assert traceparent(got)[0] != TRACE
    assert traceparent(got)[2] == "03"
    assert tracestate(got) is None


@pytest.mark.parametrize("other", [PARENT, f"00-{TRACE[:-1]}1-{SPAN}-01", f"cc-{TRACE}-{SPAN}-01-x", "garbage"])
def test_two_traceparents_begin_a_new_trace(service, sink, other):
    for fields in ([("traceparent", PARENT), ("traceparent", other)], [("traceparent", other), ("TraceParent", PARENT)]):
        (got,) = service.relay(sink, [*fields, ("tracestate", "foo=1")])
        assert traceparent(got)[0] not in (TRACE, f"{TRACE[:-1]}1")
        assert tracestate(got) is None


@pytest.mark.parametrize("rest", ["", "-", "-what-the-future-will-be-like"])
@pytest.mark.parametrize("version", ["01", "cc", "fe"])
def test_a_later_version_is_read_as_far_as_it_is_known_and_sent_as_ours(service, sink, version, rest):
    (got,) = service.relay(sink, [("traceparent", f"{version}-{TRACE}-{SPAN}-01{rest}"), ("tracestate", "foo=1")])
    assert traceparent(got)[0] == TRACE
    assert tracestate(got) == "foo=1"


@pytest.mark.parametrize("value", [f" {PARENT}", f"\t{PARENT}", f"{PARENT} ", f"{PARENT}\t", f"\t {PARENT} \t"])
def test_blanks_around_a_traceparent_do_not_matter(service, sink, value):
    (got,) = service.relay(sink, [("traceparent", value)])
    assert traceparent(got)[0] == TRACE


def test_several_calls_share_the_trace_and_have_spans_of_their_own(service, sink):
    for fields, shared in (([("traceparent", PARENT)], TRACE), ([], None), ([("traceparent", f"00-{'0' * 32}-{SPAN}-01")], None)):
        got = service.relay(sink, fields, count=3)
        traces = {traceparent(one)[0] for one in got}
        assert len(traces) == 1 and (shared is None or traces == {shared})
        assert len({traceparent(one)[1] for one in got}) == 3


# The test service itself


@pytest.mark.parametrize("body", [b"", b"no json", b"{", b'{"url": "x"}', b'[{"arguments": []}]', b'[{"url": 1}]', b'[{"url": "ftp://x"}]', b"[1]"])
def test_what_it_cannot_read_it_refuses(service, body):
    status, answer = service.post(body)
    assert status == 400
    assert json.loads(answer)["status"] == 400


def test_arguments_are_handed_on_so_that_services_call_each_other(service, sink):
    inner = [{"url": sink.url("/inner"), "arguments": []}]
    calls = [{"url": f"http://127.0.0.1:{service.port}/test", "arguments": inner}, {"url": sink.url("/outer"), "arguments": {"a": [1, None]}}]
    status, _ = service.post(json.dumps(calls).encode(), [("traceparent", PARENT)])
    assert status == 200
    taken = sink.take()
    assert [path for path, _, _ in taken] == ["/inner", "/outer"]
    assert {traceparent(fields)[0] for _, fields, _ in taken} == {TRACE}
    assert json.loads(taken[1][2]) == {"a": [1, None]}


def test_whoever_cannot_be_reached_is_named(service):
    status, answer = service.post(b'[{"url": "http://127.0.0.1:1/x"}]')
    assert status == 503 and "127.0.0.1:1" in json.loads(answer)["detail"]


def test_help_says_what_it_is_for():
    help_text = subprocess.run([program(), "--help"], capture_output=True, text=True, timeout=20, check=True).stdout
    assert "--port" in help_text and "--host" in help_text and "POST /test" in help_text


# The product


@pytest.mark.parametrize("value", MALFORMED)
def test_a_malformed_traceparent_fails_no_request_of_the_product(http, value):
    headers = [(b"traceparent", value.encode("latin-1"))]
    assert http.get("/api/products/prod-123", headers=headers).status_code == 200
    refusal = http.get("/api/products/prod-none", headers=headers)
    assert refusal.status_code == 404
    assert re.fullmatch(r"[0-9a-f]{32}", refusal.json()["trace_id"])
    assert refusal.json()["trace_id"] not in (TRACE, "0" * 32)


def test_oversized_baggage_fails_no_request_of_the_product(http):
    assert http.get("/api/products/prod-123", headers={"baggage": "a=" + "v" * 9000}).status_code == 200


def test_the_product_reads_what_it_was_told_to(new_system):
    system = new_system(env={"OTEL_PROPAGATORS": "b3"})
    with system.client() as http:
        headers = {"traceparent": PARENT, "b3": f"{B3_TRACE}-{B3_SPAN}-1"}
        assert http.get("/api/products/prod-none", headers=headers).json()["trace_id"] == B3_TRACE
