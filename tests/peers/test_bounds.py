"""Memory, when telemetry comes and cannot leave."""

import concurrent.futures

import pytest
from harness.wire import Wire, request

from rig.books import COUNTED, SPANS
from rig.product import otlp
from rig.program import until
from rig.sink import BlackHole

MIB = 1024 * 1024
QUEUE_BYTES = 16 * MIB  # a signal
CONNECTIONS, ROUNDS, DEPTH = 4, 40, 50

# A span of the edge carries it whole, so that a few thousand requests fill a queue.
AGENT = "User-Agent: " + "a" * 3000


def storm(address: tuple[str, int]):
    """DEPTH requests at a time, ROUNDS times, on one connection; each is answered."""
    with Wire(address) as wire:
        for _ in range(ROUNDS):
            wire.send(DEPTH * request("GET", "/api/users/01a20000-0000-7000-8000-000000000000", AGENT))
            assert all(wire.read_answer().status == 404 for _ in range(DEPTH))


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_queues_are_bounded_by_bytes_while_nobody_takes_them(new_pair, protocol):
    many = "10000000"  # so that only bytes count
    with BlackHole() as hole:
        quick = {"EXPORTER_OTLP_TIMEOUT": "1500", "METRICS_EXPORTER": "none"}
        bounds = {"BSP_MAX_QUEUE_SIZE": many, "BLRP_MAX_QUEUE_SIZE": many}
        pair = new_pair(otlp(f"http://127.0.0.1:{hole.port}", protocol, **quick, **bounds))
        pair.ask(50)
        base = pair.rss_bytes()
        host, port = pair.process.ready["http"].split(":")
        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
            list(pool.map(storm, [(host, int(port))] * CONNECTIONS))
        requests = CONNECTIONS * ROUNDS * DEPTH + 50
        full = {"tw_telemetry_signal": "traces", "error_type": "queue_full"}
        until("a full queue", lambda: pair.metric("tw_telemetry_dropped_total", **full))
        # Two queues, and as much again for buffers on their way, connections and the allocator.
        assert pair.rss_bytes() - base < 2 * 2 * QUEUE_BYTES, f"{(pair.rss_bytes() - base) / MIB:.0f} MiB"

        def accounted(signal: str) -> float:
            names = ("tw_telemetry_dropped_total", "tw_telemetry_queued", f"otel_sdk_exporter_{COUNTED[signal]}_inflight")
            return sum(pair.metric(name, tw_telemetry_signal=signal) for name in names[:2]) + pair.metric(names[2])

        for signal, count in (("traces", SPANS * requests), ("logs", requests)):
            until(f"{signal} accounted for", lambda signal=signal, count=count: accounted(signal) >= count)
