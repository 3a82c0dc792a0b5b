"""The processes of Tradewind: one for each service, and the gateway."""

import pathlib

from production_like.child import Child
from production_like.ports import HOST, SERVICES


class Module(Child):
    """Ready once it has written its ready file, and not before: one of a former start is taken away."""

    ready_file: pathlib.Path

    def launch(self):
        self.ready_file.unlink(missing_ok=True)
        super().launch()


def module(
    binary: pathlib.Path, name: str, folder: pathlib.Path, log: pathlib.Path, ports: dict[str, int], env: dict[str, str]
) -> Child:
    """`tradewind serve NAME`. `env` names its database, Redis and the collector."""
    ready_file = folder / "ready.json"
    listening = ["--http", f"{HOST}:{ports[name]}"] if name == "gateway" else ["--grpc", f"{name}={HOST}:{ports[name]}"]
    operations = f"{HOST}:{ports[f'{name}-operations']}"
    others = {f"{other.upper()}_SERVICE_URL": f"http://{HOST}:{ports[other]}" for other in SERVICES if other != name}
    command = [str(binary), "serve", name, *listening, "--ops", operations, "--data", str(folder / "data"), "--ready-file", str(ready_file)]
    where = f"http://{HOST}:{ports[name]}" if name == "gateway" else f"{HOST}:{ports[name]} (gRPC)"
    one = Module(name, command, folder, log, env | others, ready_file.exists, f"{where}, operations http://{operations}")
    one.ready_file = ready_file
    return one
