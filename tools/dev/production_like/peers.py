"""Programs of others, from the cache that ./dev setup peers fills."""

import os
import pathlib

from production_like.stores import ROOT

VERSIONS = ROOT / "tests/peers/parts/versions.txt"


def folder_of(peer: str) -> pathlib.Path | None:
    """Where the peer's programs are; nothing where it was not built."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "tradewind/peers"
    pinned = [line.split() for line in VERSIONS.read_text().splitlines() if not line.startswith("#")]
    version = next(version for name, version, *_ in pinned if name == peer)
    folder = cache / f"{peer}-{version}"
    return folder if folder.is_dir() else None


def prometheus() -> pathlib.Path | None:
    """The newest of the two that a machine may have."""
    return next((folder for peer in ("prometheus3", "prometheus") if (folder := folder_of(peer))), None)
