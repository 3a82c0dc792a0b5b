"""What clients asked for and what they were told, as JSON lines in a file. The question is written before it is sent."""

import json
import pathlib
import threading


class Journal:
    def __init__(self, file: pathlib.Path):
        self._file = file.open("w")
        self._lock = threading.Lock()
        self.calls: list[dict] = []

    def ask(self, **call) -> dict:
        """Notes a call before it is made. `told` is `open` until the client knows."""
        call |= {"number": len(self.calls), "told": "open"}
        with self._lock:
            self.calls.append(call)
            self._write({"asked": call})
        return call

    def tell(self, call: dict, told: str, **more):
        """`told` is `done` for status 200, `refused` for an answer that says that nothing was done, else `open`."""
        with self._lock:
            call |= {"told": told, **more}
            self._write({"told": call["number"], "how": told, **more})

    def _write(self, line: dict):
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
