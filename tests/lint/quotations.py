#!/usr/bin/env python3
"""Code that a page quotes stands in the tested file that it names, to the letter: ```cpp tests/install/greeter/main.cpp

Pages to check come on standard input, rooted at the repository.
"""

import pathlib
import re
import sys
import textwrap

from report import finish, listed_files

FENCE = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def objections_to(page, text, read):
    """`read(path)` gives a file's text, or None where there is no such file. A quotation may be of lines that are indented there."""
    for quotation in FENCE.finditer(text):
        path, quoted = quotation.groups()
        line = text.count("\n", 0, quotation.start()) + 1
        source = read(path)
        if source is None:
            yield page, line, f"there is no {path} to quote"
        elif not any(indented in source for indented in (textwrap.indent(quoted, " " * depth) for depth in (0, 4, 8))):
            yield page, line, f"this does not stand in {path}"


def read_file(path):
    file = pathlib.Path(path)
    return file.read_text() if file.is_file() else None


def main():
    return finish([found for page in listed_files() for found in objections_to(page, pathlib.Path(page).read_text(), read_file)])


if __name__ == "__main__":
    sys.exit(main())
