"""Whoever sends what is no request, over and over, does not fill the log: the log says how often it was."""

import pytest

from harness.export import get_ops
from harness.system import ONE
from harness.wire import Wire

pytestmark = pytest.mark.parametrize("placement", [ONE], scope="session")

REFUSED = 120


def send_nonsense(system):
    for _ in range(REFUSED):
        with Wire(system.address) as wire:
            assert wire.send(b"nonsense\r\n\r\n").read_answer().status == 400


def records_of(system) -> tuple[list[dict], int]:
    """The records of refused requests, and how many more there are said to have been."""
    records = system.process_of("gateway").log_records()
    told = [one["attributes"] for one in records if one["event_name"] == "log.repeated"]
    left_out = sum(one["tw.log.left_out"] for one in told if one["tw.log.event"] == "http.rejected")
    return [one for one in records if one["event_name"] == "http.rejected"], left_out


def test_refused_requests_are_logged_a_few_times_and_counted(new_system):
    system = new_system()
    send_nonsense(system)
    metrics = get_ops(system, "/metrics").text
    system.stop()
    written, left_out = records_of(system)
    # A machine that is slow enough begins a second window meanwhile.
    assert 10 <= len(written) < REFUSED / 2
    assert len(written) + left_out == REFUSED
    assert all(one["body"] for one in written)
    assert "tw_log_left_out_total" in metrics


def test_whoever_wants_every_record_gets_it(new_system):
    system = new_system({"TRADEWIND_LOG_REPEATS_MAX": "0"})
    send_nonsense(system)
    system.stop()
    written, left_out = records_of(system)
    assert (len(written), left_out) == (REFUSED, 0)
