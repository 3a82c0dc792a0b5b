"""A wall clock that a test sets while the product runs. The monotonic clock stays as it is, as on a real machine."""

import pathlib
import struct

from harness.process import binary


def library() -> pathlib.Path:
    """What the product loads first; see tests/e2e/stepped_clock."""
    built = binary().parents[1] / "lib/libstepped_clock.so"
    assert built.is_file(), f"{built} is missing: run ./dev build"
    return built


class Clock:
    def __init__(self, folder: pathlib.Path):
        self._file = folder / "clock"
        self._file.touch()
        self.step_to(0)

    def step_to(self, seconds: int):
        """From now on the clock is that much ahead of the real one."""
        with self._file.open("r+b", buffering=0) as file:
            file.write(struct.pack("=q", seconds))

    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(library()), "STEPPED_CLOCK": str(self._file)}
