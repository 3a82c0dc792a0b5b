"""A wire-tap: passes bytes on to a receiver, and keeps what the sender said and what it was answered."""

import contextlib
import socket
import threading


class Tap:
    def __init__(self, port: int):
        self.heard = bytearray()
        self.answered = bytearray()
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = [self._listener]
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _accept(self):
        with contextlib.suppress(OSError):  # closed
            while True:
                sender, _ = self._listener.accept()
                receiver = socket.create_connection(("127.0.0.1", self._to))
                self._ends += [sender, receiver]
                threading.Thread(target=self._pass, args=(sender, receiver, self.heard), daemon=True).start()
                threading.Thread(target=self._pass, args=(receiver, sender, self.answered), daemon=True).start()

    @staticmethod
    def _pass(source: socket.socket, target: socket.socket, kept: bytearray):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                kept += data
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
