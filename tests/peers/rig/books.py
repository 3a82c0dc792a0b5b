"""Bookkeeping: what the product made, sent and dropped, against what a sink received."""

from rig import rules
from rig.product import Pair
from rig.program import until
from rig.sink import Sink

COUNTED = {"traces": "span", "logs": "log"}
REASONS = ("queue_full", "export_failed", "rejected", "shutdown")

# What one request to a Pair makes: HTTP server, RPC client, RPC server, SQL.
SPANS = 4

# What a Pair makes before it is ready: the user service looks for addresses that earlier rules folded.
SPANS_AT_START = 1


def spans_made(requests: int) -> int:
    """By a Pair since it was started."""
    return SPANS_AT_START + SPANS * requests


class Books:
    def __init__(self, pair: Pair, sink: Sink):
        self.pair = pair
        self.sink = sink

    def made(self, signal: str, requests: int) -> int:
        if signal == "traces":
            return spans_made(requests)
        # What the exporter says about itself stays on stdout.
        return sum(not record["event_name"].startswith("telemetry.") for record in self.pair.process.log_records())

    def received(self, signal: str) -> int:
        return sum(rules.records_in(signal, message) for message in self.sink.accepted(signal)) - self.sink.rejected(signal)

    def dropped(self, signal: str, *reasons: str) -> int:
        labels = [{"tw_telemetry_signal": signal, "error_type": reason} for reason in reasons or REASONS]
        return int(sum(self.pair.metric("tw_telemetry_dropped_total", **one) for one in labels))

    def exported(self, signal: str) -> int:
        return int(self.pair.metric(f"otel_sdk_exporter_{COUNTED[signal]}_exported_total"))

    def waiting(self, signal: str) -> int:
        queued = self.pair.metric("tw_telemetry_queued", tw_telemetry_signal=signal)
        return int(queued + self.pair.metric(f"otel_sdk_exporter_{COUNTED[signal]}_inflight"))

    def settled(self, signal: str, requests: int) -> bool:
        return self.received(signal) + self.dropped(signal) >= self.made(signal, requests) and not self.waiting(signal)

    def check(self, requests: int, seconds: float = 30):
        """Once nothing is under way any more: every record made was received or is counted as dropped, and no other."""
        for signal in COUNTED:
            until(f"{signal} settle", lambda signal=signal: self.settled(signal, requests), seconds)
            counts = {"received": self.received(signal), "dropped": self.dropped(signal)}
            assert sum(counts.values()) == self.made(signal, requests), (signal, counts)
            assert self.exported(signal) == counts["received"]
