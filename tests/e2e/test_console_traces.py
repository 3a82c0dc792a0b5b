"""OTEL_TRACES_EXPORTER=console prints each trace as an indented tree, soon and as one block. The part "On the terminal" of
docs/guide/first-trace.md is followed as it stands there."""

import re
import secrets
import subprocess
import time

import pytest

from harness.process import ROOT, Process, clean_environment
from harness.shop import create_order, create_user
from harness.system import FIVE, ONE

CONSOLE = {"OTEL_TRACES_EXPORTER": "console"}
PAGE = (ROOT / "docs/guide/first-trace.md").read_text()
FENCES = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.partition("\n## On the terminal\n")[2].partition("\n## In Jaeger\n")[0], re.MULTILINE | re.DOTALL)
SECONDS_MAX = 10
LINE = re.compile(r"^ *[\d.]+ +[\d.]+  ( *)(\S.*)$", re.MULTILINE)


def blocks(process: Process) -> list[str]:
    """The trees that a process has printed, each with its heading."""
    text = process.stdout_file.read_text()
    return re.findall(r"^trace [0-9a-f]{32}, .*\n(?: .*\n)+", text, re.MULTILINE)


def wait_for(process: Process, words: str) -> str:
    """The first tree with these words in it."""
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        for block in blocks(process):
            if words in block:
                return block
        assert time.monotonic() < deadline, process.tail()
        time.sleep(0.05)


def shape(tree: str) -> list[tuple[int, str]]:
    """Depth and text of each span, in no order: what runs at the same time may come either way. Events, and what publishing them
    does, may come before or after the tree is printed."""
    spans = []
    depth_of_event = None
    for indent, text in LINE.findall(tree):
        depth = len(indent)
        if depth_of_event is not None and depth > depth_of_event:
            continue
        depth_of_event = depth if "(producer)" in text else None
        if depth_of_event is None:
            spans.append((depth, text))
    return sorted(spans)


@pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
def test_who_follows_the_page_sees_these_trees(new_system):
    start, order, refused = [text for language, text in FENCES if language == "sh"]
    shown = [text for language, text in FENCES if language == "text"]
    assert start == "OTEL_TRACES_EXPORTER=console ./dev up\n"
    system = new_system(CONSOLE)
    for script in (order, refused):
        ran = subprocess.run(["bash", "-euo", "pipefail", "-c", script.replace("http://localhost:8080", system.url)],
                             env=clean_environment(), capture_output=True, text=True, timeout=30, check=False)  # fmt: skip
        assert ran.returncode == 0, (script, ran.stderr)
    process = system.process_of("gateway")
    assert shape(wait_for(process, "INSERT orders")) == shape(shown[0])
    assert shape(wait_for(process, "USER_NOT_FOUND")) == shape(shown[1])
    assert "trace 0af7651916cd43dd8448eb211c80319c, " in shown[1]


@pytest.mark.parametrize("placement, engine", [(ONE, "sqlite")], scope="session")
def test_each_trace_is_one_block_and_the_end_of_the_process_prints_the_rest(new_system):
    system = new_system(CONSOLE | {"OTEL_BSP_SCHEDULE_DELAY": "60000"})
    process = system.process_of("gateway")
    traces = [secrets.token_hex(16) for _ in range(20)]
    with system.client() as http:
        user = create_user(http)
        for trace in traces:
            http.headers["traceparent"] = f"00-{trace}-{secrets.token_hex(8)}-01"
            create_order(http, user["id"])
    assert not blocks(process)
    system.stop()
    printed = blocks(process)
    for trace in traces:
        of_it, = (block for block in printed if block.startswith(f"trace {trace}, "))
        assert "api-gateway: POST /api/orders (server)  200  [parent " in of_it and of_it.count("is in another process") == 1
        assert "is not shown here" not in of_it


@pytest.mark.parametrize("placement, engine", [(FIVE, "sqlite")], scope="session")
def test_each_process_prints_its_own_part_of_a_trace(new_system):
    system = new_system(CONSOLE)
    with system.client() as http:
        create_order(http, create_user(http)["id"])
    order = wait_for(system.process_of("order"), "INSERT orders")
    top, *below = LINE.findall(order)
    assert top[0] == "" and top[1].startswith("order-service: order.OrderService/CreateOrder (server)")
    assert top[1].endswith("is in another process]")
    assert all(indent for indent, _ in below) and "another process" not in "".join(text for _, text in below)
    edge = wait_for(system.process_of("gateway"), "POST /api/orders")
    assert edge.split(",")[0] == order.split(",")[0], "the same trace"
