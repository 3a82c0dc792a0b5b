#!/usr/bin/env python3
"""Takes one mended mistake back at a time, in a copy of this tree, and sees whether the simulation finds it.

The mistakes are listed in tests/simulation/mistakes.toml. Each must be found within 2,000 seeds. Prints for each the first seed that
went wrong, what was said of it, and how many seeds had been run by then. This checkout is not touched: the copy lies in build/mutate.
"""

import argparse
import os
import pathlib
import re
import sys
import time
import tomllib

import mutate

LIST = mutate.ROOT / "tests" / "simulation" / "mistakes.toml"
SEEDS = 2_000
RUN_SECONDS_MAX = 3_600
PROGRAMS = {"shop": "simulate", "postgres": "simulation_test"}


def make(copy, mistake):
    """Makes it in the copy; returns what is to be written back."""
    before = {}
    for edit in mistake["edit"]:
        path = copy.root / edit["file"]
        text = path.read_text()
        before.setdefault(path, text)
        if text.count(edit["old"]) != 1:
            raise mutate.Wrong(f"{edit['file']}: the text to be replaced does not stand there once: {edit['old']!r}")
        path.write_text(text.replace(edit["old"], edit["new"]))
    return before


def run_shop(copy):
    """(exit code, what was printed, seeds that were run) of the whole shop, which ends with the first seed that goes wrong."""
    binary = copy.build / "bin" / PROGRAMS["shop"]
    code, said = copy.run([str(binary), "seeds", "--seeds", str(SEEDS), "--first"], RUN_SECONDS_MAX)
    counts = re.search(r"^(\d+) seeds passed, (\d+) failed$", said, re.MULTILINE)
    return code, said, int(counts[1]) + int(counts[2]) if counts else None


def run_postgres(copy):
    """The same of the driver by itself, which runs all seeds in their order: those up to the first that goes wrong count."""
    binary = copy.build / "bin" / PROGRAMS["postgres"]
    steer = [f"TW_SIMULATION_SEEDS={SEEDS}", "TW_SIMULATION_FROM=1"]
    code, said = copy.run(["env", *steer, str(binary), "--gtest_filter=PostgresSimulation.what*"], RUN_SECONDS_MAX)
    first = re.search(r"^seed (\d+): ", said, re.MULTILINE)
    return code, said, int(first[1]) if first else None


def run(copy, program):
    """(whether the mistake was found, what is to be told of that)"""
    began = time.monotonic()
    code, said, count = run_shop(copy) if program == "shop" else run_postgres(copy)
    took = f"{time.monotonic() - began:.0f} s"
    if code is None:
        return False, f"the program was ended after {took}, and had found nothing"
    if code == 0:
        return False, f"{SEEDS} seeds were run in {took}"
    found = re.search(r"^seed (\d+)(?: went wrong:\n  |: )(.*)$", said, re.MULTILINE)
    if code < 0:
        return True, f"a run crashed the program with signal {-code} after {took}"
    if not found or count is None:
        raise mutate.Wrong(f"the program ended with {code} and named no seed:\n{said[-2000:]}")
    return True, f"seed {found[1]}, with {count} seeds run in {took}: {found[2]}"


def judge(copy, mistake):
    before = make(copy, mistake)
    try:
        code, said = copy.make(PROGRAMS[mistake["program"]])
        if code != 0:
            raise mutate.Wrong(f"{mistake['change']}: does not compile\n{said[-2000:]}")
        return run(copy, mistake["program"])
    finally:
        for path, text in before.items():
            path.write_text(text)


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev simulate mistakes", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", metavar="WORD", help="only mistakes whose sentence contains one of these words")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="compilers at once (default: the processors)")
    parser.add_argument("--unity", action="store_true", help="compile files together, as the release does: quicker to begin with if the "
                                                             "compiler cache has a release, and slower for each mistake")
    options = parser.parse_args(arguments)
    mistakes = tomllib.loads(LIST.read_text())["mistake"]
    if options.words:
        mistakes = [one for one in mistakes if any(word in one["change"] for word in options.words)]
    copy = mutate.Copy(0, options.jobs, options.unity)
    copy.prepare()
    missed = 0
    for mistake in mistakes:
        found, words = judge(copy, mistake)
        missed += not found
        print(f"{'found' if found else 'NOT FOUND'}: {mistake['change']}\n    {words}", flush=True)
    print(f"{len(mistakes) - missed} of {len(mistakes)} mistakes were found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    try:
        sys.exit(main(sys.argv[1:]))
    except mutate.Wrong as wrong:
        print(f"mistakes: {wrong}", file=sys.stderr)
        sys.exit(2)
