"""Settings with which the production profile starts, for cases that are about something else."""

import pathlib

from harness.tokens import Issuer


def production(folder: pathlib.Path) -> dict[str, str]:
    """All modules in one process on loopback, with an issuer whose keys are in `folder`."""
    return Issuer(folder).settings() | {"TRADEWIND_PROFILE": "production"}
