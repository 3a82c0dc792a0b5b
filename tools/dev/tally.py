#!/usr/bin/env python3
"""Counts what test runs did and ends with one line: "N passed, N failed"; what was not run, and why, stands in lines before it.

Each argument is a folder that `dev test` left: exit_code, and ctest.xml with googletest/*.xml, or pytest.xml; and, for tests
against peers, not_run: the peers that the machine does not have, one a line. A program of GoogleTest counts by its cases, any
other test of ctest as one. A run that failed without naming a test counts as one failure, and so does a program that crashed.
No test at all is a failure too.
"""

import collections
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ET


class Tally:
    def __init__(self):
        self.passed = 0
        self.skipped = collections.Counter()  # by reason
        self.failures = []
        self.not_run = set()

    def add_cases(self, root, prefix):
        """Adds the <testcase> elements of a JUnit report and returns how many of them failed."""
        before = len(self.failures)
        for case in root.iter("testcase"):
            name = f"{prefix}{case.get('classname') or ''}.{case.get('name')}"
            if case.find("failure") is not None or case.find("error") is not None:
                self.failures.append(name)
            elif (skipped := case.find("skipped")) is not None:
                self.skipped[reason_of(skipped)] += 1
            elif case.get("status") in ("notrun", "disabled"):
                self.skipped["disabled"] += 1
            else:
                self.passed += 1
        return len(self.failures) - before


def reason_of(skipped):
    """The first line of why a test was skipped, without where in its source that stands."""
    said = (skipped.get("message") or skipped.text or "").strip().splitlines()
    # GoogleTest puts file and line before the reason.
    reasons = [line.strip() for line in said if line.strip() and not re.fullmatch(r"\S+\.\w+:\d+", line.strip())]
    return reasons[0] if reasons else "no reason given"


def parse(path):
    """The root of an XML report; None where the program that should have written it did not finish."""
    try:
        return ET.parse(path).getroot()
    except (OSError, ET.ParseError):
        return None


def programs(folder):
    """Name of a ctest test → file name of its program."""
    try:
        tests = json.loads((folder / "tests.json").read_text())["tests"]
    except (OSError, ValueError):
        return {}
    return {test["name"]: pathlib.Path(test["command"][0]).name for test in tests if test.get("command")}


def add_ctest(tally, folder, root):
    program_of = programs(folder)
    for test in root.iter("testcase"):
        name = test.get("name")
        ok = test.get("status") == "run"
        cases = parse(folder / "googletest" / f"{program_of.get(name)}.xml")
        if cases is not None:
            failed = tally.add_cases(cases, f"{name}: ")
            if not ok and not failed:
                tally.failures.append(f"{name}: the program failed after its cases had passed")
        elif ok:
            tally.passed += 1
        else:
            tally.failures.append(name)


def add_run(tally, folder):
    failures_before = len(tally.failures)
    ctest, pytest = parse(folder / "ctest.xml"), parse(folder / "pytest.xml")
    if ctest is not None:
        add_ctest(tally, folder, ctest)
    if pytest is not None:
        tally.add_cases(pytest, f"{folder.name}: ")
    not_run = folder / "not_run"
    if not_run.exists():
        tally.not_run.update(not_run.read_text().split())
    try:
        code = int((folder / "exit_code").read_text())
    except (OSError, ValueError):
        code = 1
    if code and len(tally.failures) == failures_before:
        tally.failures.append(f"{folder.name}: the run ended with exit code {code} and names no failed test")


def main(folders):
    tally = Tally()
    for folder in folders:
        add_run(tally, pathlib.Path(folder))
    for name in tally.failures:
        print(f"failed: {name}")
    for reason, count in sorted(tally.skipped.items()):
        print(f"not run: {count} test{'s' if count > 1 else ''}: {reason}")
    if tally.not_run:
        print(f"not run: what needs {', '.join(sorted(tally.not_run))}; ./dev setup peers builds it")
    print(f"{tally.passed} passed, {len(tally.failures)} failed", flush=True)
    return 1 if tally.failures or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
