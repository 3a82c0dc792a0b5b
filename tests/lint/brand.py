#!/usr/bin/env python3
"""The kit is free of the product's name: what has a name gets it from runtime::ProgramName. Files to check come on standard input.

The name may stand where it means the package: in the path of an include and in the package of the contract's options.
"""

import pathlib
import re
import sys

from report import finish, listed_files

NAME = re.compile(r"tradewind", re.IGNORECASE)
PACKAGE = re.compile(r"tradewind(::|/options|\.[A-Z])|\bproto/tradewind/")
ROOT = "kit/"


def objections_to(text):
    """(line, what is wrong) of each line in a file's text."""
    for number, line in enumerate(text.splitlines(), 1):
        if NAME.search(PACKAGE.sub("", line)):
            yield number, "the kit names a program: take the name from runtime::ProgramName, or from an option of the library"


def check(paths):
    return [
        (path, line, text)
        for path in paths
        if path.startswith(ROOT)
        for line, text in objections_to(pathlib.Path(path).read_text(errors="replace"))
    ]


if __name__ == "__main__":
    sys.exit(finish(check(listed_files())))
