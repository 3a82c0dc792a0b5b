"""One program of the topology: started, waited for, stopped, and started again at the same ports."""

import collections.abc
import http.client
import os
import pathlib
import signal
import socket
import subprocess
import time

from production_like.failure import Failure
from production_like.ports import HOST

READY_SECONDS_MAX = 90  # Loki says that it is ready a quarter of a minute after it is
STOP_SECONDS_MAX = 30
TAIL_LINES = 20

Ready = collections.abc.Callable[[], bool]


def answers(port: int, path: str) -> Ready:
    """Ready once a GET of that path is answered with 200."""

    def ask() -> bool:
        connection = http.client.HTTPConnection(HOST, port, timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask


def listens(port: int) -> Ready:
    def ask() -> bool:
        try:
            socket.create_connection((HOST, port), timeout=2).close()
        except OSError:
            return False
        return True

    return ask


class Child:
    """Runs in `folder` with `env` as its whole environment; what it says goes to `log`. `where` is what a person would look at."""

    stop_signal = signal.SIGTERM
    user: str | None = None  # whom it runs as, where not as ourselves

    def __init__(
        self, name: str, command: list[str], folder: pathlib.Path, log: pathlib.Path, env: dict[str, str], ready: Ready, where: str
    ):
        self.name = name
        self.folder = folder
        self.log = log
        self.where = where
        self._command = command
        self._env = env
        self._ready = ready
        self._process: subprocess.Popen | None = None
        self._said_before = 0

    def start(self):
        self.launch()
        self.await_ready()

    def launch(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._said_before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._kept(), *self._command],
                cwd=self.folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for us, who stop the parts one after the other.
                start_new_session=True,
            )

    def _kept(self) -> list[str]:
        """Whatever becomes of us, it does not stay behind."""
        owner = [f"--reuid={self.user}", "--clear-groups"] if self.user else []
        return ["setpriv", f"--pdeathsig={self.stop_signal.name.removeprefix('SIG')}", *owner, "--"]

    def await_ready(self):
        give_up = time.monotonic() + READY_SECONDS_MAX
        while not self._ready():
            if not self.running():
                raise self.died()
            if time.monotonic() > give_up:
                raise Failure(f"{self.name} is not ready after {READY_SECONDS_MAX} s; its log is {self.log}", self.tail())
            time.sleep(0.05)

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs, and before its first start."""
        return self._process.poll() if self._process else None

    def died(self) -> Failure:
        return Failure(f"{self.name} ended with exit code {self.exit_code}; its log is {self.log}", self.tail())

    def stop(self):
        """A program that does not end by itself within the time is killed."""
        if not self.running():
            return
        self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        if self.running():
            self._process.kill()
            self._process.wait()

    def tail(self) -> str:
        """The last lines of what it said since its last start."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(self._said_before)
            return "\n".join(log.read().decode(errors="replace").splitlines()[-TAIL_LINES:])


def environment(**own: str | pathlib.Path) -> dict[str, str]:
    """The caller's environment with `own` laid over it. The one variable that is for this launcher stays here: Tradewind refuses
    variables of its own that it does not know."""
    return {name: value for name, value in os.environ.items() if name != "TRADEWIND_BIN"} | {name: str(own[name]) for name in own}
