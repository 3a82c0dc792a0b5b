"""The whole product as processes of their own, two of order and of payment, on PostgreSQL and Redis. A process that dies is
started again at once, with the same ports, as a supervisor of a server would do it."""

import os
import pathlib
import signal
import threading
import time

import httpx

from harness.ports import free_ports
from harness.postgres import PostgresServer
from harness.process import Process
from harness.redis import RedisServer

SERVICES = ("user", "catalog", "payment", "order")
REPLICAS = {"user": 1, "catalog": 1, "payment": 2, "order": 2}
SUPERVISED_EVERY_SECONDS = 0.02
# The lease of a flow and of a partition of the outbox (FlowOptions::lease). A paused process sleeps through two of them.
LEASE_SECONDS = 15


class Cluster:
    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.postgres = PostgresServer()
        self.redis = RedisServer()
        self.ports: dict[str, int] = {}
        self.members: dict[str, Process] = {}
        self.starts: dict[str, int] = {}
        self._paused: set[str] = set()
        self._lock = threading.RLock()
        self._ending = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)

    def start(self) -> "Cluster":
        self.postgres.start()
        self.redis.start()
        for service in SERVICES:
            self.postgres.sql(f"CREATE DATABASE {service}_books")
        names = [name for service in SERVICES for name in self._names_of(service)] + ["gateway"]
        self.ports = dict(zip(names, free_ports(len(names))))
        for name in names:
            self._start(name)
            self.members[name].wait_ready()
        self._supervisor.start()
        return self

    @staticmethod
    def _names_of(service: str) -> list[str]:
        return [f"{service}-{number}" for number in range(1, REPLICAS[service] + 1)]

    def _environment(self) -> dict[str, str]:
        env = {"REDIS_URL": self.redis.url(), "TRADEWIND_HTTP_HOSTS": "*", "TRADEWIND_LOG_LEVEL": "warn"}
        # A short time to pay, so that orders which nobody pays expire in the run.
        env["TRADEWIND_ORDER_PAYMENT_WINDOW_SECONDS"] = "20"
        for service in SERVICES:
            addresses = ",".join(f"127.0.0.1:{self.ports[name]}" for name in self._names_of(service))
            env[f"{service.upper()}_SERVICE_URL"] = f"ipv4:{addresses}"
            env[f"TRADEWIND_{service.upper()}_DATABASE_URL"] = self.postgres.url(f"{service}_books")
        return env

    def _start(self, name: str):
        module = name.split("-")[0]
        port = f"127.0.0.1:{self.ports[name]}"
        own = ["--http", port] if name == "gateway" else ["--grpc", f"{module}={port}"]
        arguments = ["serve", module, "--ports", "auto", "--data", str(self.folder / name / "data"), *own]
        self.members[name] = Process(name, arguments, self.folder / name, self._environment())
        self.starts[name] = self.starts.get(name, 0) + 1

    def _supervise(self):
        while not self._ending.wait(SUPERVISED_EVERY_SECONDS):
            with self._lock:
                for name, process in list(self.members.items()):
                    if not process.running():
                        self._start(name)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['gateway']}"

    def kill(self, name: str):
        """kill -9. The supervisor starts the process again."""
        with self._lock:
            self.members[name].kill()

    def pause(self, name: str, seconds: float, until: threading.Event):
        """SIGSTOP, and SIGCONT after the time or at the event, whichever comes first."""
        with self._lock:
            pid = self.members[name].pid
            os.kill(pid, signal.SIGSTOP)
        until.wait(seconds)
        os.kill(pid, signal.SIGCONT)

    def restart_postgres(self):
        """Immediate mode: nothing is finished, and the log is replayed at the start."""
        self.postgres.kill()
        self.postgres.start()

    def wait_until_ready(self, seconds: float):
        give_up = time.monotonic() + seconds
        with httpx.Client(base_url=self.url, timeout=2, trust_env=False) as http:
            while True:
                try:
                    if http.get("/ready").status_code == 200 and all(one.running() for one in self.members.values()):
                        return
                except httpx.HTTPError:
                    pass
                assert time.monotonic() < give_up, f"the product is not ready after {seconds} s\n{self.tail()}"
                time.sleep(0.1)

    def close(self):
        self._ending.set()
        if self._supervisor.is_alive():
            self._supervisor.join()
        for process in self.members.values():
            process.kill()
        self.redis.close()
        self.postgres.close()

    def tail(self) -> str:
        return "\n".join(process.tail(15) for process in self.members.values())
