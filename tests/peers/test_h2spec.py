"""h2spec against the gRPC port and the edge: it objects to nothing beyond what docs/reference/h2spec.md argues."""

import pathlib
import re
import subprocess
import xml.etree.ElementTree as xml

from harness.process import ROOT

from rig.interop import Server, ours
from rig.program import folder_of

CASES_LEAST = 140


def argued(port: str) -> set[str]:
    """The cases that the page names for `port`: "http2/5.1/8"."""
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", (ROOT / "docs/reference/h2spec.md").read_text(), re.M)
    return {case for case, ports in rows if port in ports}


def failures(tmp_path: pathlib.Path, port: int, path: str) -> set[str]:
    report = tmp_path / "h2spec.xml"
    program = folder_of("h2spec") / "h2spec"
    command = [program, "-h", "127.0.0.1", "-p", str(port), "-P", path, "-o", "2", "-j", str(report)]
    subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    failed, seen = set(), 0
    for suite in xml.parse(report).getroot().iter("testsuite"):
        for number, case in enumerate(suite.findall("testcase"), 1):
            seen += 1
            if case.find("failure") is not None or case.find("error") is not None:
                failed.add(f"{suite.get('package')}/{number}")
    assert seen >= CASES_LEAST
    return failed


def test_the_grpc_port(start, tmp_path):
    server = start(Server, [ours("tw-interop-server")], False)
    assert failures(tmp_path, server.port, "/grpc.testing.TestService/EmptyCall") <= argued("gRPC")


def test_the_edge(new_system, tmp_path):
    _, port = new_system({}).address
    assert failures(tmp_path, port, "/api/products/prod-123") <= argued("HTTP")
