"""./dev up --production-like: starts the topology, says where everything is, and stops it all at Ctrl-C."""

import argparse
import fcntl
import os
import pathlib
import signal
import sys
import time

from production_like import ports
from production_like.failure import Failure
from production_like.page import page
from production_like.stores import ROOT, usual_folder
from production_like.topology import Topology

LOOK_SECONDS = 0.2


class Stop(Exception):
    """A signal asked for the end."""


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev up --production-like",
        description=f"Runs the topology of deploy/compose on this machine without containers: gateway, {', '.join(ports.SERVICES)} "
        "as processes of their own, PostgreSQL, Redis, and, where they are built, collector, Jaeger, Loki and Prometheus.",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--with-observability", action="store_true", default=True, help="all of it (default)")
    which.add_argument("--core", dest="with_observability", action="store_false", help="without collector, Jaeger, Loki and Prometheus")
    parser.add_argument("--ports", choices=("usual", "auto"), default="usual", help="auto takes ports that are free [usual]")
    parser.add_argument(
        "--data",
        type=pathlib.Path,
        default=usual_folder(),
        metavar="FOLDER",
        help="where data, logs and secrets lie, and stay for the next start [%(default)s]",
    )
    return parser.parse_args(words)


def hold(folder: pathlib.Path):
    """The folder is ours until this process ends."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Failure(f"{folder} is in use by another ./dev up --production-like; end that, or name another folder by --data") from None


def watch(topology: Topology):
    """Until a signal or the end of a part."""
    while True:
        if dead := topology.dead():
            raise dead.died()
        time.sleep(LOOK_SECONDS)


def stop_asked(_signal, _frame):
    # From here on the end is under way; another Ctrl-C does not leave half of it behind.
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    raise Stop


def run(options: argparse.Namespace):
    binary = pathlib.Path(os.environ.get("TRADEWIND_BIN", ROOT / "build/release/bin/tradewind")).resolve()
    hold(options.data)
    chosen = (ports.free if options.ports == "auto" else ports.usual)(options.with_observability)
    topology = Topology(options.data, chosen, binary, options.with_observability)
    ports.require_free(topology.used_ports())
    print(f"starting {', '.join(topology.parts)}", file=sys.stderr)
    try:
        topology.start()
        print(page(topology), flush=True)
        watch(topology)
    finally:
        print("stopping", file=sys.stderr)
        topology.stop()


def main() -> int:
    options = arguments(sys.argv[1:])
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, stop_asked)
    try:
        run(options)
    except Stop:
        return 0
    except Failure as failure:
        if failure.details:
            print(failure.details, file=sys.stderr)
        print(f"dev: {failure}", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
