"""A PostgreSQL of our own: private, on a free loopback port, in a temporary folder, gone with the tests. fsync stays on."""

import contextlib
import itertools
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator

from harness.ports import free_ports

READY_SECONDS_MAX = 60
STOP_SECONDS_MAX = 30
CONNECTIONS_MAX = 600


def programs() -> pathlib.Path:
    """Where initdb and postgres are: Debian keeps them out of the PATH."""
    if named := os.environ.get("TW_POSTGRES_BIN"):
        return pathlib.Path(named)
    try:
        found = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise AssertionError("pg_config is missing: run ./dev setup, or name the programs' folder by TW_POSTGRES_BIN") from error
    assert (pathlib.Path(found) / "initdb").exists(), f"no initdb in {found}: run ./dev setup, or set TW_POSTGRES_BIN"
    return pathlib.Path(found)


def owner() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


class PostgresServer:
    def __init__(self, settings: dict[str, str] | None = None):
        self._settings = settings or {}
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tradewind-postgres-"))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.port = 0
        self._user = owner()
        self._child: subprocess.Popen | None = None
        self._numbers = itertools.count()
        if self._user:
            shutil.chown(self.folder, self._user)
        self._run("initdb", "--pgdata", self.data, "--username=tradewind", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")

    def _command(self, program: str, *arguments) -> dict:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        # By setpriv, not by subprocess's user=: that one forks, and a fork runs gRPC's handlers in a process that has its threads no more.
        owned = ["setpriv", f"--reuid={self._user}", "--clear-groups", "--"] if self._user else []
        return {
            "args": [*owned, str(programs() / program), *map(str, arguments)],
            "cwd": self.folder,
            "env": environment,
            "stdin": subprocess.DEVNULL,
        }

    def _run(self, program: str, *arguments) -> str:
        done = subprocess.run(**self._command(program, *arguments), capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, f"{program} {arguments}: {done.stderr}"
        return done.stdout

    def keep(self, name: str, content: bytes):
        """A file in the data folder that the server alone may read."""
        file = self.data / name
        file.write_bytes(content)
        file.chmod(0o600)
        if self._user:
            shutil.chown(file, self._user)

    def start(self) -> "PostgresServer":
        """On the port it had before, where it had one."""
        self.port = self.port or free_ports(1)[0]
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": CONNECTIONS_MAX,
            "shared_buffers": "32MB",
            "fsync": "on",
        } | self._settings
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(**self._command("postgres", "-D", self.data, *options), stdout=log, stderr=log)
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not self._answers():
            assert self._child.poll() is None, f"postgres ended with {self._child.returncode}:\n{self.tail()}"
            assert time.monotonic() < deadline, f"postgres is not ready after {READY_SECONDS_MAX} s:\n{self.tail()}"
            time.sleep(0.05)
        return self

    def _answers(self) -> bool:
        ready = self._command("pg_isready", "--host=127.0.0.1", f"--port={self.port}", "--timeout=1")
        return subprocess.run(**ready, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0

    def sql(self, text: str, database: str = "postgres") -> str:
        """What psql prints of the answer, a line a row, columns separated by |."""
        where = ("--host=127.0.0.1", f"--port={self.port}", "--username=tradewind", f"--dbname={database}")
        return self._run("psql", *where, "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", f"--command={text}")

    def url(self, database: str) -> str:
        return f"postgresql://tradewind@127.0.0.1:{self.port}/{database}"

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """An empty database, gone at the end, whoever still uses it."""
        name = f"shop_{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name}")
        try:
            yield name
        finally:
            if self.running():
                self.sql(f"DROP DATABASE {name} WITH (FORCE)")

    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def pid(self) -> int:
        """Of the postmaster."""
        return self._child.pid

    def kill(self):
        """As a power cut has it, but for the page cache: nobody is told, nothing is finished."""
        if self.running():
            self._child.send_signal(signal.SIGQUIT)
            self._child.wait(STOP_SECONDS_MAX)

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def tail(self, lines: int = 30) -> str:
        text = self.log.read_text(errors="replace").splitlines()[-lines:] if self.log.exists() else []
        return "\n".join(text)
