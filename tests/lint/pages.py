#!/usr/bin/env python3
"""What a page names is there: files, the classes and functions that it names beside them, the pages that it links to. The index of
decisions has every decision.

Pages to check come on standard input, rooted at the repository. A file is named by its whole path in `backquotes`. A part of it that
stands for many names is written <name>, NNNN, * or {one,other}; then one such file must be there. A class or function is named with
its file behind it: `Process::stop` (`kit/runtime/host/process_stop.cpp`).
"""

import glob
import pathlib
import posixpath
import re
import sys

from report import finish, listed_files

# Decisions and the changelog tell what was; what they name may be gone.
NAMES_FILES = re.compile(r"(README|CONTRIBUTING)\.md|docs/((guide|reference)/)?[^/]+\.md|docs/decisions/README\.md")
ROOTS = (".ci", "apps", "benchmarks", "cmake", "codegen", "deploy", "docs", "kit", "proto", "services", "tests", "tools")
# Files that somebody makes, or a build.
MADE = {"deploy/compose/.env"}
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(rf"(?:\./)?((?:{'|'.join(map(re.escape, ROOTS))})/(?:[^\s:;,{{]|\{{[^}}\s]*\}})*)(?:::(\w+))?")
SYMBOL = r"`([A-Za-z_]\w*(?:::~?\w+)*)(?:\(\))?`"
SYMBOLS_OF_FILE = re.compile(rf"((?:{SYMBOL}(?:,\s+|\s+and\s+)?)+)\s+\(`([^`\s]+)`\)")
HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)

INDEX = "docs/decisions/README.md"
RECORD = re.compile(r"^# (\d+)\. (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| \[(\d+)\]\(([^)]+)\) \| (.+?) \| (.*?) \| (.*?) ?\|$", re.MULTILINE)
REPLACES = re.compile(r"Replaces \[(\d+)\]")


def outside_fences(text):
    """The text with blocks of code blanked out; every line stays where it was."""
    return FENCE.sub(lambda block: "\n" * block.group().count("\n"), text)


def patterns(path):
    """What to look for on the disk; a name in braces gives several patterns."""
    braces = re.search(r"\{([^}]*)\}", path)
    if braces:
        return [found for name in braces.group(1).split(",") for found in patterns(path.replace(braces.group(), name.strip(), 1))]
    # [] have a meaning for glob that no path of ours wants.
    return [re.sub(r"<[^>]*>|NNNN_name", "*", path.rstrip("/.")).replace("NNNN", "*")]


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def file_objections(page, text, read, find):
    """`find(pattern)` tells whether a file or folder is there, `read(path)` gives a file's text, or None where there is none."""
    for code in CODE.finditer(text):
        for word in code.group(1).split():
            named = PATH.fullmatch(word)
            if not named or word in MADE:
                continue
            path, name = named.groups()
            if not all(find(pattern) for pattern in patterns(path)):
                yield page, line_of(text, code.start()), f"there is no {path}"
            elif name and not re.search(rf"\b{name}\b", read(path) or ""):
                yield page, line_of(text, code.start()), f"there is no {name} in {path}"


def symbol_objections(page, text, read):
    for found in SYMBOLS_OF_FILE.finditer(text):
        source = read(found.group(3)) or ""
        for symbol in re.findall(SYMBOL, found.group(1)):
            for part in re.split(r"::~?", symbol):
                if source and not re.search(rf"\b{part}\b", source):
                    yield page, line_of(text, found.start()), f"there is no {part} in {found.group(3)}"


def anchors(text):
    """The anchors that GitHub gives to a page's headings, and those that the page has written out."""
    headings = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(outside_fences(text))}
    return headings | set(re.findall(r'<a id="([^"]+)"></a>', text))


def link_objections(page, text, read, find):
    # A link within backquotes is none; every character stays where it was.
    for link in LINK.finditer(CODE.sub(lambda code: " " * len(code.group()), text)):
        target, _, anchor = link.group(1).partition("#")
        if re.match(r"\w+:", target):
            continue
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), target)) if target else page
        if not find(path):
            yield page, line_of(text, link.start()), f"there is no {path} to link to"
        elif anchor and anchor not in anchors(read(path) or ""):
            yield page, line_of(text, link.start()), f"{path} has no heading #{anchor}"


def page_objections(page, text, read, find):
    plain = outside_fences(text)
    yield from link_objections(page, plain, read, find)
    if NAMES_FILES.fullmatch(page):
        yield from file_objections(page, plain, read, find)
        yield from symbol_objections(page, plain, read)


def index_objections(index, records):
    """`index` is the text of INDEX, `records` the texts of the decisions by the names of their files."""
    rows = {file: (line_of(index, row.start()), *row.groups()) for row in ROW.finditer(index) for file in [row.group(2)]}
    replaced_by = {int(number): file for file, text in records.items() for number in REPLACES.findall(text)}
    for file, text in records.items():
        number, title = RECORD.search(text).groups()
        line, row_number, _, row_title, sentence, by = rows.get(file, (1, "", "", "", "", ""))
        if file not in rows:
            yield INDEX, line, f"decision {number} is missing: | [{number}]({file}) | {title} | one sentence | |"
            continue
        if (row_number, row_title) != (number, title):
            yield INDEX, line, f"{file} is called \"{number}. {title}\""
        if not sentence.endswith("."):
            yield INDEX, line, f"decision {number} has no sentence"
        if replaced_by.get(int(number), "") not in by or (by and int(number) not in replaced_by):
            yield INDEX, line, f"decision {number} is superseded by {replaced_by.get(int(number), 'nothing that says so')}"
    for file in rows.keys() - records.keys():
        yield INDEX, rows[file][0], f"there is no decision {file}"


def read_file(path):
    file = pathlib.Path(path)
    return file.read_text() if file.is_file() else None


def main():
    pages = {page: pathlib.Path(page).read_text() for page in listed_files()}
    objections = [found for page, text in pages.items() for found in page_objections(page, text, read_file, glob.glob)]
    records = {path.name: path.read_text() for path in pathlib.Path(INDEX).parent.glob("[0-9]*.md")}
    return finish([*objections, *index_objections(pages.get(INDEX, ""), records)])


if __name__ == "__main__":
    sys.exit(main())
