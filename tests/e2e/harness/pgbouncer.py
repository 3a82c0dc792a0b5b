"""A PgBouncer of our own before a PostgreSQL of our own: private, on a free loopback port, in a temporary folder."""

import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

from harness.ports import free_ports
from harness.postgres import PostgresServer, owner

READY_SECONDS_MAX = 20


class PgBouncer:
    def __init__(self, server: PostgresServer, pool_mode: str):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tradewind-pgbouncer-"))
        self.port = free_ports(1)[0]
        program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
        assert program, "pgbouncer is missing: run ./dev setup test"
        self.log = self.folder / "log"
        # As docs/guide/postgres.md has it, but for addresses and authentication.
        (self.folder / "pgbouncer.ini").write_text(
            "[databases]\n"
            f"* = host=127.0.0.1 port={server.port}\n"
            "[pgbouncer]\n"
            "listen_addr = 127.0.0.1\n"
            f"listen_port = {self.port}\n"
            "unix_socket_dir =\n"
            "auth_type = any\n"
            "max_client_conn = 200\n"
            "default_pool_size = 100\n"
            f"pool_mode = {pool_mode}\n"
            "ignore_startup_parameters = options, extra_float_digits\n"
        )
        # With any user let in, each is the server's superuser of the tests.
        ini = self.folder / "pgbouncer.ini"
        ini.write_text(ini.read_text().replace(f"port={server.port}\n", f"port={server.port} user=tradewind\n"))
        user = owner()
        if user:
            shutil.chown(self.folder, user)
            shutil.chown(ini, user)
        owned = ["setpriv", f"--reuid={user}", "--clear-groups", "--"] if user else []
        with self.log.open("ab") as log:
            self._child = subprocess.Popen([*owned, program, str(ini)], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._wait()

    def _wait(self):
        give_up = time.monotonic() + READY_SECONDS_MAX
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                assert self._child.poll() is None, self.log.read_text()
                assert time.monotonic() < give_up, self.log.read_text()
                time.sleep(0.02)

    def url(self, database: str) -> str:
        return f"postgresql://tradewind@127.0.0.1:{self.port}/{database}"

    def close(self):
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
