"""Certificates for a system, made by the program itself, and by openssl where they are to be wrong."""

import os
import pathlib
import ssl
import subprocess

import grpc
import httpx

from harness.process import run
from harness.system import System


class Certificates:
    """A development CA and a leaf for each module, in `folder`."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        made = run("certs", "dev", "--folder", str(folder), folder=folder.parent)
        assert made.returncode == 0, made.stderr
        self.ca = folder / "ca.crt"
        # Who signs, and everybody that `ca` has named so far: certificates and their keys.
        self._authorities = [(folder / "authority-0.crt", folder / "ca.key")]
        self._authorities[0][0].write_bytes(self.ca.read_bytes())

    def edge(self) -> dict[str, str]:
        return {"TRADEWIND_HTTP_CERTIFICATE": self._path("gateway.crt"), "TRADEWIND_HTTP_KEY": self._path("gateway.key")}

    def rpc(self) -> dict[str, str]:
        return {
            "TRADEWIND_RPC_CERTIFICATE": self._path("{module}.crt"),
            "TRADEWIND_RPC_KEY": self._path("{module}.key"),
            "TRADEWIND_RPC_CA": self._path("ca.crt"),
        }

    def _path(self, name: str) -> str:
        return str(self.folder / name)

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def renew(self, name: str, days: int = 30, uri: str | None = None) -> None:
        """Another certificate and key for `name`, by the CA of the day; days may be negative. Each is put in place whole."""
        uri = uri or f"spiffe://tradewind/{name}"
        key, request, leaf = (self.folder / f"{name}.{suffix}.draft" for suffix in ("key", "csr", "crt"))
        authority, authority_key = self._authorities[-1]
        extensions = self.folder / f"{name}.ext.draft"
        extensions.write_text(f"subjectAltName=DNS:localhost,IP:127.0.0.1,URI:{uri}\n")
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                 "-keyout", key, "-out", request)  # fmt: skip
        _openssl("x509", "-req", "-in", request, "-CA", authority, "-CAkey", authority_key, "-days", str(days),
                 "-extfile", extensions, "-out", leaf)  # fmt: skip
        os.replace(key, self.folder / f"{name}.key")
        os.replace(leaf, self.folder / f"{name}.crt")

    def add_authority(self) -> None:
        """A new CA, which signs from now on; `ca` names it beside the former one, so that either's certificates are good."""
        number = len(self._authorities)
        leaf, key = (self.folder / f"authority-{number}.{suffix}" for suffix in ("crt", "key"))
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                 "-subj", f"/CN=Authority {number}", "-keyout", key, "-out", leaf)  # fmt: skip
        self._authorities.append((leaf, key))
        self._name_authorities(2)

    def drop_authorities(self) -> None:
        """`ca` names the newest alone: what others signed is good no more."""
        self._name_authorities(1)

    def _name_authorities(self, newest: int) -> None:
        draft = self.folder / "ca.crt.draft"
        draft.write_bytes(b"".join(leaf.read_bytes() for leaf, _ in self._authorities[-newest:]))
        os.replace(draft, self.ca)

    def client(self, system: System) -> httpx.Client:
        address = system.process_of("gateway").ready["http"]
        context = ssl.create_default_context(cafile=str(self.ca))
        return httpx.Client(base_url=f"https://{address}", timeout=30, trust_env=False, verify=context)

    def channel(self, system: System, module: str, identity: str | None = "gateway") -> grpc.Channel:
        key, leaf = (self.read(f"{identity}.key"), self.read(f"{identity}.crt")) if identity else (None, None)
        credentials = grpc.ssl_channel_credentials(self.read("ca.crt"), key, leaf)
        return grpc.secure_channel(system.grpc(module), credentials)


def _openssl(*arguments) -> None:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def s_client(address: str, *arguments, ca: pathlib.Path) -> subprocess.CompletedProcess:
    command = ["openssl", "s_client", "-connect", address, "-CAfile", str(ca), *map(str, arguments)]
    return subprocess.run(command, input="", capture_output=True, text=True, timeout=60)


def curl(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run(["curl", "--silent", "--show-error", *map(str, arguments)], capture_output=True, text=True, timeout=60)
