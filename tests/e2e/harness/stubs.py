"""gRPC stubs made from the product's contract with grpcio-tools, as any client would make them."""

import importlib
import pathlib
import subprocess
import sys
import types

from harness.process import ROOT
from harness.system import SERVICES

CONTRACT = ROOT / "proto"


def generate(source: pathlib.Path, into: pathlib.Path) -> pathlib.Path:
    """Stubs of every .proto below `source`, in folder `into`."""
    into.mkdir(parents=True, exist_ok=True)
    files = sorted(str(file.relative_to(source)) for file in source.rglob("*.proto"))
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{source}", f"--python_out={into}", f"--grpc_python_out={into}"]
    subprocess.run([*command, *files], check=True)
    return into


def load(folder: pathlib.Path) -> types.SimpleNamespace:
    """The contract's modules: `.user` has the messages, `.user_grpc` the stubs, and so on; `.rpc` are the status details."""
    sys.path.insert(0, str(folder))
    stubs = types.SimpleNamespace()
    for name in SERVICES:
        setattr(stubs, name, importlib.import_module(f"{name}_pb2"))
        setattr(stubs, f"{name}_grpc", importlib.import_module(f"{name}_pb2_grpc"))
    stubs.status = importlib.import_module("google.rpc.status_pb2")
    stubs.details = importlib.import_module("google.rpc.error_details_pb2")
    return stubs
