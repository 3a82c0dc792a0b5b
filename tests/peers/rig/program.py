"""Somebody else's program, from the cache that ./dev setup peers fills."""

import os
import pathlib
import signal
import socket
import subprocess
import time
import typing

import pytest
from harness.ports import free_ports
from production_like import peers

READY_SECONDS_MAX = 30
STOP_SECONDS_MAX = 15

Ready = typing.Callable[[], bool]


def folder_of(peer: str) -> pathlib.Path:
    """Where the peer's programs are; skips the case where it was not built."""
    folder = peers.folder_of(peer)
    if folder is None:
        pytest.skip(f"{peer} is not built: ./dev setup peers {peer}")
    return folder


def until(what: str, holds: typing.Callable[[], typing.Any], seconds: float = 20):
    """The first true value that `holds` returns; fails the case when there is none in time."""
    give_up = time.monotonic() + seconds
    while True:
        value = holds()
        if value:
            return value
        assert time.monotonic() < give_up, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


class Program:
    """Runs in `folder`, which also receives what it says. Can be stopped and started again: its ports stay the same."""

    def __init__(self, name: str, command: list[str], folder: pathlib.Path, ready: Ready, env: dict[str, str] | None = None):
        self.name = name
        self.said = folder / f"{name}.log"
        self._command = command
        self._folder = folder
        self._ready = ready
        self.environment = os.environ | (env or {})
        self._child: subprocess.Popen | None = None

    @property
    def pid(self) -> int:
        return self._child.pid

    def start(self):
        with self.said.open("ab") as said:
            self._child = subprocess.Popen(
                self._command, cwd=self._folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
            )
        give_up = time.monotonic() + READY_SECONDS_MAX
        while not self._ready():
            code = self._child.poll()
            assert code is None, f"{self.name} exited with {code}\n{self.tail()}"
            assert time.monotonic() < give_up, f"{self.name} not ready after {READY_SECONDS_MAX} s\n{self.tail()}"
            time.sleep(0.05)

    def stop(self):
        if self._child and self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
            try:
                self._child.wait(STOP_SECONDS_MAX)
            finally:
                self.kill()

    def kill(self):
        if self._child and self._child.poll() is None:
            self._child.kill()
            self._child.wait()

    def tail(self, lines: int = 30) -> str:
        text = self.said.read_text(errors="replace").splitlines()[-lines:] if self.said.exists() else []
        return f"--- {self.said} ---\n" + "\n".join(text)


def start_with_ports(make: typing.Callable[[list[int]], Program], count: int, attempts: int = 3) -> Program:
    """Starts what `make` makes on ports that were free; again on others where somebody was quicker."""
    for left in reversed(range(attempts)):
        program = make(free_ports(count))
        try:
            program.start()
            return program
        except AssertionError:
            program.kill()
            if not left or "address already in use" not in program.tail():
                raise
    raise AssertionError("unreachable")
