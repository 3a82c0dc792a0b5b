"""Compares what a step printed with what its page shows, loosely.

Each line that the page shows must be among the printed ones, in the same order; there may be others between them. The sign … stands
for anything. Ids, traces, times, dates and durations may differ, since no two runs have the same.
"""

import re

# What differs from run to run, the longest form first. Each matches any other text of its form.
VARIABLE = (
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?",
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    r"\b[0-9a-f]{32}\b|\b[0-9a-f]{16}\b",
    r"\b\d+(?:[.,]\d+)*(?= ?(?:ms|µs|ns|s|MiB|KiB)\b)",
)
VARIABLE_OR_REST = re.compile("|".join(f"({form})" for form in VARIABLE) + r"|(…)|(\s+)")


def pattern_of(line):
    """A regular expression for the lines that a line of a page stands for."""
    pieces, end = [], 0
    for found in VARIABLE_OR_REST.finditer(line):
        pieces.append(re.escape(line[end : found.start()]))
        if found.lastindex <= len(VARIABLE):
            pieces.append(f"(?:{VARIABLE[found.lastindex - 1]})")
        else:
            pieces.append(".*" if found.group() == "…" else r"\s+")
        end = found.end()
    return re.compile("".join(pieces) + re.escape(line[end:]))


def first_missing(shown, printed):
    """The first line that a page shows and the step did not print; None where all were printed."""
    at = 0
    for line in shown:
        if not line.strip():
            continue
        pattern = pattern_of(line.strip())
        at = next((number + 1 for number in range(at, len(printed)) if pattern.search(printed[number])), None)
        if at is None:
            return line
    return None
