"""A wall clock that a test sets while the product runs, by libfaketime. The monotonic clock stays as it is, as on a real machine."""

import pathlib
import subprocess


def library() -> str:
    """Where Debian's package `faketime` puts the library for programs with threads."""
    listed = subprocess.run(["dpkg", "--listfiles", "faketime", "libfaketime"], capture_output=True, text=True, check=False).stdout
    found = [line for line in listed.splitlines() if line.endswith("/libfaketimeMT.so.1")]
    assert found, "libfaketimeMT.so.1 is missing: run ./dev setup"
    return found[0]


class Clock:
    def __init__(self, folder: pathlib.Path):
        self._file = folder / "clock"
        self.step_to(0)

    def step_to(self, seconds: int):
        """From now on the clock is that much ahead of the real one."""
        draft = self._file.with_suffix(".draft")
        draft.write_text(f"{seconds:+d}\n")
        draft.rename(self._file)

    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": library(),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
