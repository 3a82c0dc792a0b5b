"""The whole product in one of its placements."""

import json
import pathlib
import urllib.parse

import httpx

from harness.process import ROOT, Process

ONE = "one-process"
FIVE = "five-processes"
PLACEMENTS = (ONE, FIVE)
# The one list of services, each after those that it calls, so that their addresses are known when it starts.
SERVICES = tuple(one["name"] for one in json.loads((ROOT / "services/services.json").read_text()))
START_ORDER = (*SERVICES, "gateway")


class System:
    """Data, logs and configuration lie in `folder` and stay there when it is stopped and started again."""

    def __init__(self, placement: str, folder: pathlib.Path, env: dict[str, str] | None = None, config: str = ""):
        self.placement = placement
        self.folder = folder
        # Cases speak to loopback under names of their own; who tests which names are answered for sets this anew.
        self.env = {"TRADEWIND_HTTP_HOSTS": "*"} | (env or {})
        self.config = config
        self.processes: dict[str, Process] = {}

    def start(self) -> "System":
        self.processes.clear()
        for name in ("up",) if self.placement == ONE else START_ORDER:
            self.start_process(name)
        return self

    def start_process(self, name: str, *more: str, replica: str = "") -> Process:
        """`more` are arguments beside those that every process gets. A `replica` of a module goes by that name here."""
        before = self.processes.get(replica or name)
        assert before is None or not before.running(), f"{before.name} runs, and nobody would end it"
        folder = self.folder / (replica or name)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tradewind.toml").write_text(self.config)
        command = ["up"] if name == "up" else ["serve", name]
        arguments = [*command, "--ports", "auto", "--data", str(folder / "data"), *more]
        process = Process(replica or name, arguments, folder, self.env | self._urls_of_others(name))
        self.processes[replica or name] = process
        return process.wait_ready()

    def _urls_of_others(self, name: str) -> dict[str, str]:
        others = [other for other in SERVICES if other in self.processes and other != name]
        return {f"{other.upper()}_SERVICE_URL": self.target(other) for other in others}

    def target(self, module: str) -> str:
        """As other modules are told where it is."""
        address = self.grpc(module)
        return address if address.startswith("unix:") else f"http://{address}"

    def stop(self):
        """In the opposite order of the start; every process must end with 0."""
        for process in reversed(self.processes.values()):
            process.stop()

    def kill(self):
        for process in self.processes.values():
            process.kill()

    def process_of(self, module: str) -> Process:
        return self.processes["up" if self.placement == ONE else module]

    def grpc(self, module: str) -> str:
        return self.process_of(module).ready["grpc"][module]

    @property
    def url(self) -> str:
        return "http://" + self.process_of("gateway").ready["http"]

    @property
    def address(self) -> tuple[str, int]:
        """Of the HTTP port, for sockets."""
        parts = urllib.parse.urlsplit(self.url)
        return parts.hostname, parts.port

    def ops_url(self, module: str = "gateway") -> str:
        return "http://" + self.process_of(module).ready["ops"]

    def client(self) -> httpx.Client:
        """A client with connections of its own; the caller closes it."""
        return httpx.Client(base_url=self.url, timeout=30, trust_env=False, verify=False)  # no TLS: spares loading certificates

    def tail(self) -> str:
        return "\n".join(process.tail() for process in self.processes.values())
