#!/usr/bin/env python3
"""Turns pages into scripts, and what the scripts left into results. `tests/pages/follow` runs the scripts in between.

    follow.py script PAGE FOLDER           prints the script for PAGE, whose steps leave their output in FOLDER
    follow.py judge PAGE FOLDER REPORT     says how each step went, and writes REPORT (JUnit)
    follow.py join FOLDER                  makes pytest.xml, which tools/dev/tally.py counts, of the reports in FOLDER
"""

import pathlib
import sys
import xml.etree.ElementTree as ET

from judge import first_missing
from shell import script_of
from steps import steps_of

LINES_SHOWN = 30


def read_steps(page):
    return steps_of(page, pathlib.Path(page).read_text())


def output_of(folder, number):
    path = folder / f"{number}.out"
    return path.read_text(errors="replace").splitlines() if path.exists() else []


def fault_of(step, number, folder):
    """What went wrong with a step; None where nothing did."""
    printed = output_of(folder, number)
    said = "\n".join(["", *printed[-LINES_SHOWN:]])
    if not (folder / f"{number}.code").exists():
        current = (folder / "current").read_text().strip() if (folder / "current").exists() else ""
        return f"it failed{said}" if current == step.name else f"it was not reached, because {current or 'the system'} failed"
    missing = first_missing(step.prints, printed)
    return f"it does not print what the page shows: {missing}{said}" if missing is not None else None


def judge(page, folder, report):
    suite = ET.Element("testsuite", name=page)
    faults = 0
    for number, step in enumerate(read_steps(page)):
        case = ET.SubElement(suite, "testcase", classname=page, name=f"line {step.line}")
        if step.kind == "not run":
            print(f"not run: {step.name}: {step.detail}")
            ET.SubElement(case, "skipped", message=f"a block of a page: {step.detail}")
        elif fault := fault_of(step, number, folder):
            faults += 1
            print(f"FAILED: {step.name}: {fault}")
            ET.SubElement(case, "failure", message=fault)
        else:
            print(f"ok: {step.name}")
    ET.ElementTree(suite).write(report)
    return 1 if faults else 0


def join(folder):
    joined = ET.Element("testsuites")
    joined.extend(ET.parse(path).getroot() for path in sorted(folder.glob("*.md.xml")))
    ET.ElementTree(joined).write(folder / "pytest.xml")
    return 0


def main(arguments):
    command, *rest = arguments
    if command == "script":
        page, folder = rest
        print(script_of(read_steps(page), folder))
        return 0
    if command == "join":
        return join(pathlib.Path(*rest))
    page, folder, report = rest
    return judge(page, pathlib.Path(folder), report)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
