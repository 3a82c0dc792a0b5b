"""Receivers that are away, slow or refuse: no request notices, and what is lost is counted to the record."""

import time

import grpc
import pytest
from harness.ports import free_ports

from rig.books import COUNTED, SPANS, Books, spans_made
from rig.product import no_slower, otlp
from rig.program import until
from rig.sink import Answer, BlackHole, Sink, accept

PROTOCOLS = ("grpc", "http/protobuf")

# Of one export with all its attempts; the back-off begins at a second.
EXPORT_MILLISECONDS = "2500"
PATIENT_MILLISECONDS = "30000"


def settings(url: str, protocol: str, timeout: str = EXPORT_MILLISECONDS) -> dict[str, str]:
    return otlp(url, protocol, EXPORTER_OTLP_TIMEOUT=timeout, METRICS_EXPORTER="none")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_receiver_that_is_away_from_the_start_is_found_when_it_comes(new_pair, protocol):
    sink = Sink(protocol, port=free_ports(1)[0])
    pair = new_pair(settings(sink.url, protocol))
    books = Books(pair, sink)
    usual = pair.ask(30)
    until("the first losses", lambda: books.dropped("traces", "export_failed") and books.dropped("logs", "export_failed"))
    later = pair.ask(30)
    assert sink.exports == []
    with sink:
        pair.ask(10)
        until("spans", lambda: books.received("traces"))
        books.check(70)
    no_slower(usual, later)
    assert any(record["event_name"] == "telemetry.dropped" for record in pair.process.log_records())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_receiver_that_goes_and_comes_back_is_sent_to_again(new_pair, protocol):
    with Sink(protocol) as sink:
        pair = new_pair(settings(sink.url, protocol))
        books = Books(pair, sink)
        usual = pair.ask(30)
        books.check(30)
        assert books.dropped("traces") == books.dropped("logs") == 0
        sink.stop()
        away = pair.ask(30)
        until("a loss", lambda: books.dropped("traces", "export_failed"))
        sink.start()
        pair.ask(30)
        books.check(90)
        assert books.received("traces") >= 2 * 30 * SPANS
    no_slower(usual, away)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_short_absence_loses_nothing(new_pair, protocol):
    with Sink(protocol) as sink:
        pair = new_pair(settings(sink.url, protocol, PATIENT_MILLISECONDS))
        books = Books(pair, sink)
        pair.ask(5)
        books.check(5)
        sink.stop()
        pair.ask(5)
        time.sleep(1)
        sink.start()
        books.check(10)
        assert books.dropped("traces") == books.dropped("logs") == 0


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_receiver_that_never_answers_is_given_up_and_asked_again(new_pair, protocol):
    with BlackHole() as hole:
        pair = new_pair(settings(f"http://127.0.0.1:{hole.port}", protocol))
        sink = Sink(protocol, port=hole.port)
        books = Books(pair, sink)
        usual = pair.ask(30)
        until("a connection into the hole", lambda: hole.accepted)
        until("the first loss", lambda: books.dropped("traces", "export_failed"))
        later = pair.ask(30)
    with sink:
        pair.ask(10)
        until("spans", lambda: books.received("traces"))
        books.check(70)
    no_slower(usual, later)


REFUSALS = {
    "429": Answer(status=429, code=grpc.StatusCode.RESOURCE_EXHAUSTED, retry_after=2),
    "503": Answer(status=503, code=grpc.StatusCode.UNAVAILABLE, retry_after=2),
    "503 without a time": Answer(status=503, code=grpc.StatusCode.UNAVAILABLE),
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_for_now_is_tried_again_when_the_receiver_wants_it(new_pair, protocol, refusal):
    def refuse_once(_signal: str, number: int) -> Answer:
        return REFUSALS[refusal] if number == 0 else Answer()

    with Sink(protocol, refuse_once) as sink:
        pair = new_pair(settings(sink.url, protocol, PATIENT_MILLISECONDS))
        books = Books(pair, sink)
        pair.ask(5)
        books.check(5)
        for signal in COUNTED:
            first, second = sink.all(signal)[:2]
            assert first.body == second.body
            least = REFUSALS[refusal].retry_after or 0.7  # the back-off's first second, less its variation
            assert second.at - first.at >= least
            assert books.dropped(signal) == 0


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_receiver_that_always_refuses_loses_all_and_slows_nobody(new_pair, protocol):
    refuse = Answer(status=503, code=grpc.StatusCode.UNAVAILABLE, retry_after=1, message="busy")
    with Sink(protocol) as sink:
        pair = new_pair(settings(sink.url, protocol))
        books = Books(pair, sink)
        usual = pair.ask(30)
        books.check(30)
        sink.behave = lambda _signal, _number: refuse
        refused = pair.ask(30)
        until("losses", lambda: books.dropped("traces", "export_failed") == SPANS * 30)
        books.check(60)
        sink.behave = accept
        pair.ask(10)
        books.check(70)
        assert books.received("traces") == spans_made(40)
    no_slower(usual, refused)


FINAL = {
    "http/protobuf": Answer(status=400, message="malformed"),
    "grpc": Answer(code=grpc.StatusCode.RESOURCE_EXHAUSTED, message="no time given, so it is final"),
}


@pytest.mark.parametrize("protocol", FINAL)
def test_a_refusal_for_good_is_not_tried_again(new_pair, protocol):
    with Sink(protocol, lambda _signal, _number: FINAL[protocol]) as sink:
        pair = new_pair(settings(sink.url, protocol, PATIENT_MILLISECONDS))
        books = Books(pair, sink)
        pair.ask(5)
        until("all lost", lambda: books.dropped("traces", "export_failed") == spans_made(5))
        books.check(5)
        bodies = [export.body for export in sink.all("traces")]
        assert len(set(bodies)) == len(bodies)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_records_that_the_receiver_rejects_are_counted_as_such(new_pair, protocol):
    with Sink(protocol, lambda _signal, _number: Answer(rejected=1, message="too old")) as sink:
        pair = new_pair(settings(sink.url, protocol))
        books = Books(pair, sink)
        pair.ask(5)
        books.check(5)
        for signal in COUNTED:
            assert books.dropped(signal) == books.dropped(signal, "rejected") == sink.rejected(signal) == len(sink.all(signal)) > 0
        told = [record for record in pair.process.log_records() if record["event_name"] == "telemetry.partial_success"]
        assert told and told[0]["attributes"]["exception.message"] == "too old"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_warning_without_rejection_loses_nothing(new_pair, protocol):
    with Sink(protocol, lambda _signal, _number: Answer(message="use the new endpoint")) as sink:
        pair = new_pair(settings(sink.url, protocol))
        books = Books(pair, sink)
        pair.ask(3)
        books.check(3)
        assert books.dropped("traces") == books.dropped("logs") == 0


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_end_does_not_wait_for_a_receiver_that_never_answers(new_pair, protocol):
    with BlackHole() as hole:
        pair = new_pair(settings(f"http://127.0.0.1:{hole.port}", protocol, PATIENT_MILLISECONDS))
        pair.ask(5)
        until("a connection into the hole", lambda: hole.accepted)
        start = time.monotonic()
        pair.process.stop()
        assert time.monotonic() - start < 15  # five for the flush, the rest for a busy machine
        lost = [record["attributes"] for record in pair.process.log_records() if record["event_name"] == "telemetry.dropped"]
        by_signal = {signal: 0 for signal in COUNTED}
        for record in lost:
            counts = [number for name, number in record.items() if name.startswith("tw.telemetry.dropped.")]
            by_signal[record["tw.telemetry.signal"]] += sum(counts)
        assert by_signal["traces"] == spans_made(5)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_slow_receiver_slows_no_request(new_pair, protocol):
    with Sink(protocol) as sink:
        pair = new_pair(settings(sink.url, protocol, PATIENT_MILLISECONDS))
        books = Books(pair, sink)
        usual = pair.ask(50)
        books.check(50)
        sink.behave = lambda _signal, _number: Answer(delay=2)
        slow = pair.ask(200)
        sink.behave = accept
        books.check(250)
        assert books.dropped("traces") == books.dropped("logs") == 0
    no_slower(usual, slow)
