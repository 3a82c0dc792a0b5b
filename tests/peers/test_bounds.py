"""More telemetry than can leave: memory stays bounded, and nothing is miscounted."""

import concurrent.futures

import pytest
from harness.wire import Wire, request

from rig import rules
from rig.books import COUNTED, Books, spans_made
from rig.product import Pair, otlp
from rig.program import until
from rig.sink import Answer, BlackHole, Sink

MIB = 1024 * 1024
QUEUE_BYTES = 16 * MIB  # a signal
CONNECTIONS, DEPTH = 4, 50


def storm(pair: Pair, rounds: int, *headers: str) -> int:
    """On each of CONNECTIONS connections DEPTH requests at a time, so many times; all are answered. How many they were."""
    host, port = pair.process.ready["http"].split(":")
    batch = DEPTH * request("GET", "/api/users/01a20000-0000-7000-8000-000000000000", *headers)

    def one(_):
        with Wire((host, int(port))) as wire:
            for _ in range(rounds):
                wire.send(batch)
                assert all(wire.read_answer().status == 404 for _ in range(DEPTH))

    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(one, range(CONNECTIONS)))
    return CONNECTIONS * rounds * DEPTH


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_queues_are_bounded_by_bytes_while_nobody_takes_them(new_pair, protocol):
    many = "10000000"  # so that only bytes count
    with BlackHole() as hole:
        quick = {"EXPORTER_OTLP_TIMEOUT": "1500", "METRICS_EXPORTER": "none"}
        bounds = {"BSP_MAX_QUEUE_SIZE": many, "BLRP_MAX_QUEUE_SIZE": many}
        pair = new_pair(otlp(f"http://127.0.0.1:{hole.port}", protocol, **quick, **bounds))
        pair.ask(50)
        base = pair.rss_bytes()
        # A span of the edge carries it whole, so that a few thousand requests fill a queue.
        requests = 50 + storm(pair, 40, "User-Agent: " + "a" * 3000)
        full = {"tw_telemetry_signal": "traces", "error_type": "queue_full"}
        until("a full queue", lambda: pair.metric("tw_telemetry_dropped_total", **full))
        # Two queues, and as much again for buffers on their way, connections and the allocator.
        assert pair.rss_bytes() - base < 2 * 2 * QUEUE_BYTES, f"{(pair.rss_bytes() - base) / MIB:.0f} MiB"

        def accounted(signal: str) -> float:
            names = ("tw_telemetry_dropped_total", "tw_telemetry_queued", f"otel_sdk_exporter_{COUNTED[signal]}_inflight")
            return sum(pair.metric(name, tw_telemetry_signal=signal) for name in names[:2]) + pair.metric(names[2])

        for signal, count in (("traces", spans_made(requests)), ("logs", requests)):
            until(f"{signal} accounted for", lambda signal=signal, count=count: accounted(signal) >= count)


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_a_storm_is_accounted_for_to_the_record(new_pair, protocol):
    """More than the queue holds, into a receiver that takes 512 spans in half a second."""
    with Sink(protocol, lambda _signal, _number: Answer(delay=0.5)) as sink:
        pair = new_pair(otlp(sink.url, protocol, METRICS_EXPORTER="none"))
        books = Books(pair, sink)
        books.check(storm(pair, 10))
        assert books.dropped("traces", "queue_full") == books.dropped("traces") > 0
        assert books.received("traces") > 2048
        rules.check_traces(sink.accepted("traces"))
        sizes = [rules.records_in("traces", message) for message in sink.accepted("traces")]
        assert max(sizes) <= 512
