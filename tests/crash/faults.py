"""Faults from a seed: which, when, and whom they meet. The list is made before the run, so a seed gives the same one again."""

import dataclasses
import random
import threading
import time

from cluster import LEASE_SECONDS, Cluster

PAUSE_SECONDS = 2 * LEASE_SECONDS + 1
KILL_EVERY_SECONDS = (0.8, 3.0)


@dataclasses.dataclass(frozen=True)
class Fault:
    at: float  # seconds after the start
    kind: str  # kill, pause or postgres
    victim: str = ""


def plan(rng: random.Random, members: list[str], seconds: int) -> list[Fault]:
    """Kills all the time, a pause of an order or payment process each minute, PostgreSQL restarted twice a minute."""
    faults = []
    at = rng.uniform(*KILL_EVERY_SECONDS)
    while at < seconds:
        faults.append(Fault(at, "kill", rng.choice(members)))
        at += rng.uniform(*KILL_EVERY_SECONDS)
    replicated = [name for name in members if name.startswith(("order", "payment"))]
    for minute in range(max(1, seconds // 60)):
        faults.append(Fault(60 * minute + rng.uniform(1, 20), "pause", rng.choice(replicated)))
        for _ in range(2):
            faults.append(Fault(60 * minute + rng.uniform(5, 55), "postgres"))
    return sorted((fault for fault in faults if fault.at < seconds), key=lambda fault: fault.at)


class Saboteur(threading.Thread):
    """Carries the plan out, and keeps what it did in `done`."""

    def __init__(self, cluster: Cluster, faults: list[Fault]):
        super().__init__(daemon=True)
        self.done: list[Fault] = []
        self._cluster = cluster
        self._faults = faults
        self._over = threading.Event()
        self._pauses: dict[str, threading.Thread] = {}

    def run(self):
        start = time.monotonic()
        for fault in self._faults:
            if self._over.wait(max(0.0, start + fault.at - time.monotonic())):
                return
            self._do(fault)

    def _do(self, fault: Fault):
        paused = fault.victim in self._pauses and self._pauses[fault.victim].is_alive()
        if fault.kind == "kill" and not paused:
            self._cluster.kill(fault.victim)
        elif fault.kind == "pause" and not paused:
            # A process that was paused is resumed even if the faults end before.
            until = (fault.victim, PAUSE_SECONDS, self._over)
            self._pauses[fault.victim] = threading.Thread(target=self._cluster.pause, args=until, daemon=True)
            self._pauses[fault.victim].start()
        elif fault.kind == "postgres":
            self._cluster.restart_postgres()
        else:
            return
        self.done.append(fault)

    def end(self):
        self._over.set()
        self.join()
        for pause in self._pauses.values():
            pause.join()
