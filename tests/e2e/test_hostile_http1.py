"""Messages made to be read in two ways: each is read in one, or refused with the connection closed (hostile_http1.yaml)."""

import pathlib
import re
import socket

import pytest
import yaml

from harness.system import ONE

pytestmark = pytest.mark.parametrize("placement", [ONE], scope="session")

CASES = yaml.safe_load((pathlib.Path(__file__).parent / "hostile_http1.yaml").read_text())
AFTER = b"GET /version HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def talk(address: tuple[str, int], sent: bytes) -> list[int]:
    """The statuses of all answers until the server closes."""
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(sent)
        received = b""
        try:
            while part := connection.recv(65536):
                received += part
        except ConnectionResetError:
            pass  # what was sent after the refusal found nobody
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


def test_there_are_enough_cases_and_each_has_its_name(placement):
    assert len(CASES) >= 60 and len({case["name"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_message_is_read_in_one_way(system, case):
    statuses = talk(system.address, case["send"].encode("latin-1") + AFTER)
    assert statuses == ([200, 200] if case["answer"] == "ok" else [case["answer"]])
