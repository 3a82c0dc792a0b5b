#!/usr/bin/env python3
"""Takes one mended mistake back at a time, in a copy of this tree, and sees whether the simulation finds it.

The mistakes are listed in tests/simulation/mistakes.toml. Each must be found within 2,000 seeds. Prints for each the first seed that
went wrong and what was said of it. This checkout is not touched: the copy lies in build/mutate.
"""

import argparse
import os
import pathlib
import re
import sys
import tomllib

import mutate

LIST = mutate.ROOT / "tests" / "simulation" / "mistakes.toml"
SEEDS = 2_000
RUN_SECONDS_MAX = 1_200
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


def run(copy, program):
    """What was found first, in words; nothing where the simulation saw nothing."""
    binary = str(copy.build / "bin" / PROGRAMS[program])
    if program == "shop":
        code, said = copy.run([binary, "seeds", "--seeds", str(SEEDS), "--first"], RUN_SECONDS_MAX)
        found = re.search(r"^seed (\d+) went wrong:\n  (.*)$", said, re.MULTILINE)
    else:
        steer = {"TW_SIMULATION_FROM": "1", "TW_SIMULATION_SEEDS": str(SEEDS)}
        command = ["env", *(f"{name}={value}" for name, value in steer.items()), binary, "--gtest_filter=PostgresSimulation.what*"]
        code, said = copy.run(command, RUN_SECONDS_MAX)
        found = re.search(r"^seed (\d+): (.*)$", said, re.MULTILINE)
    if code == 0:
        return None
    return f"seed {found[1]}: {found[2]}" if found else f"the program ended with {code}"


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
    options = parser.parse_args(arguments)
    mistakes = tomllib.loads(LIST.read_text())["mistake"]
    if options.words:
        mistakes = [one for one in mistakes if any(word in one["change"] for word in options.words)]
    copy = mutate.Copy(0, options.jobs)
    copy.prepare()
    missed = 0
    for mistake in mistakes:
        found = judge(copy, mistake)
        missed += found is None
        print(f"{'found' if found else 'NOT FOUND'}: {mistake['change']}" + (f"\n    {found}" if found else ""), flush=True)
    print(f"{len(mistakes) - missed} of {len(mistakes)} mistakes were found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    try:
        sys.exit(main(sys.argv[1:]))
    except mutate.Wrong as wrong:
        print(f"mistakes: {wrong}", file=sys.stderr)
        sys.exit(2)
