"""A Redis of our own: private, on a free loopback port, in memory, gone with the tests."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from harness.ports import free_ports

READY_SECONDS_MAX = 15


def program() -> str:
    named = os.environ.get("TW_REDIS_BIN") or shutil.which("redis-server") or shutil.which("valkey-server")
    assert named, "redis-server is missing: run ./dev setup, or name one by TW_REDIS_BIN"
    return named


class RedisServer:
    def __init__(self, *settings: str):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tradewind-redis-"))
        self.port = free_ports(1)[0]
        self._settings = settings
        self._child: subprocess.Popen | None = None

    def start(self) -> "RedisServer":
        """On the port it had before."""
        own = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        with (self.folder / "log").open("ab") as log:
            self._child = subprocess.Popen([program(), *own, *self._settings], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_SECONDS_MAX
        while True:
            assert self._child.poll() is None, (self.folder / "log").read_text(errors="replace")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                assert time.monotonic() < deadline, (self.folder / "log").read_text(errors="replace")
                time.sleep(0.02)

    def url(self, password: str = "", database: int = 0) -> str:
        return f"redis://{f':{password}@' if password else ''}127.0.0.1:{self.port}/{database}"

    def ask(self, *command: str, password: str = "") -> str:
        """The server's answer as it came over the wire: enough to look for a word in it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            for words in ([("AUTH", password)] if password else []) + [command]:
                parts = [f"${len(word.encode())}\r\n{word}\r\n" for word in words]
                connection.sendall(f"*{len(words)}\r\n{''.join(parts)}".encode())
                answer = connection.recv(1 << 20).decode(errors="replace")
            return answer

    def pause(self):
        """Accepts and never answers, until `go_on`."""
        self._child.send_signal(signal.SIGSTOP)

    def go_on(self):
        self._child.send_signal(signal.SIGCONT)

    def kill(self):
        if self._child and self._child.poll() is None:
            self._child.kill()
            self._child.wait()

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
