"""All parts together: in which order they start, and that nothing stays behind."""

import contextlib
import json
import os
import pathlib
import secrets

from production_like import observability, peers
from production_like.child import Child, environment
from production_like.failure import Failure
from production_like.modules import module
from production_like.ports import HOST, SERVICES
from production_like.stores import SUPERUSER, PostgreSql, redis

# A module starts after those that it calls.
MODULES = (*SERVICES, "gateway")


def _passwords(file: pathlib.Path) -> dict[str, str]:
    """Made when they are first needed, and kept beside the data that they open."""
    kept = json.loads(file.read_text()) if file.exists() else {}
    missing = {name: secrets.token_urlsafe(24) for name in (SUPERUSER, "redis", *SERVICES) if name not in kept}
    if missing:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as written:
            json.dump(kept | missing, written)
    return kept | missing


class Topology:
    """Data, logs and secrets lie in `folder` and stay there. `env` is the environment of the modules, the caller's by default; what
    the topology itself says goes before it. With `with_observability`, whichever of its programs are built: `missing` names the
    others."""

    def __init__(
        self,
        folder: pathlib.Path,
        ports: dict[str, int],
        binary: pathlib.Path,
        with_observability: bool = True,
        env: dict[str, str] | None = None,
        scrape_interval: str = "",
    ):
        self.folder = folder.resolve()
        self.ports = ports
        self.parts: dict[str, Child] = {}  # in the order of their start
        self.missing: list[str] = []
        self.folder.mkdir(parents=True, exist_ok=True)
        self._add_stores()
        if with_observability:
            self._add_observability(scrape_interval)
        base = environment() if env is None else env
        for name in MODULES:
            self._add(module(binary, name, *self._places(name), ports, base | self._settings(name)))

    def _places(self, name: str) -> tuple[pathlib.Path, pathlib.Path]:
        return self.folder / name, self.folder / "logs" / f"{name}.log"

    def _add(self, part: Child):
        self.parts[part.name] = part

    def _add_stores(self):
        self._passwords = _passwords(self.folder / "secrets.json")
        self.postgresql = PostgreSql(*self._places("postgresql"), self.ports["postgresql"], self._passwords)
        self._add(self.postgresql)
        self._add(redis(*self._places("redis"), self.ports["redis"], self._passwords["redis"]))

    def _add_observability(self, scrape_interval: str):
        found = {peer: peers.folder_of(peer) for peer in ("jaeger", "loki", "otelcol")} | {"prometheus": peers.prometheus()}
        self.missing = [peer for peer, program in found.items() if program is None]
        for name, make in (("jaeger", observability.jaeger), ("loki", observability.loki)):
            # Nobody would send them anything without a collector.
            if found[name] and found["otelcol"]:
                self._add(make(found[name], *self._places(name), self.ports))
        if found["otelcol"]:
            kept = {f"has_{name}": name in self.parts for name in ("jaeger", "loki")}
            self._add(observability.collector(found["otelcol"], *self._places("collector"), self.ports, **kept))
        if found["prometheus"]:
            self._add(observability.prometheus(found["prometheus"], *self._places("prometheus"), self.ports, scrape_interval))

    def _settings(self, name: str) -> dict[str, str]:
        settings = {"REDIS_URL": f"redis://:{self._passwords['redis']}@{HOST}:{self.ports['redis']}/0"}
        if name in SERVICES:
            settings["DATABASE_URL"] = self.postgresql.url(name)
        if "collector" in self.parts:
            settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://{HOST}:{self.ports['collector-grpc']}"
            settings["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc"
        return settings

    def start(self):
        """Returns once all parts are ready. The first that fails is named, and those that were started go on: call stop()."""
        waited_for = ("postgresql", "redis", *MODULES)
        for name, part in self.parts.items():
            if name in waited_for:
                part.start()
            else:
                part.launch()  # Loki takes its time; what sends to it can wait
        for part in self.parts.values():
            part.await_ready()

    def used_ports(self) -> dict[str, int]:
        """Those of the parts that there are."""

        def used(port_name: str) -> bool:
            return any(port_name == name or port_name.startswith(f"{name}-") for name in self.parts)

        return {name: port for name, port in self.ports.items() if used(name)}

    def dead(self) -> Child | None:
        """A part that has ended by itself."""
        return next((part for part in self.parts.values() if part.exit_code is not None), None)

    def stop(self):
        """In the opposite order of the start."""
        with contextlib.ExitStack() as stack:
            for part in self.parts.values():
                stack.callback(part.kill)
                stack.callback(part.stop)
