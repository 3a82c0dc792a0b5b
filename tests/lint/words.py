#!/usr/bin/env python3
"""Names and comments use the field's words, and each comment can stand alone. Files to check come on standard input.

Two kinds of places are listed: a metaphor in a name or a comment, with the words that replace it, and a comment that begins
as the continuation of something else. Comments that have lines of their own are at most 100 columns wide.
"""

import pathlib
import re
import sys

from report import code_only, comments, finish, listed_files

# Folders whose comments have been rewritten. Other folders are not read.
DONE = (
    "kit/base",
    "kit/async",
    "kit/cache",
    "kit/redis",
    "kit/events",
    "kit/durable",
    "kit/idempotency",
    "kit/audit",
    "kit/outbox",
    "kit/sql",
    "kit/net",
    "kit/telemetry",
    "kit/otlp",
    "kit/auth",
    "kit/http",
    "kit/runtime",
    "services/mapping",
    "services/user",
    "services/catalog",
    "services/order",
    "services/payment",
    "kit/rpc",
    "kit/gateway",
    "services/gateway",
    "services/console",
    "kit/simulation",
    "kit/testing",
    "apps/interop",
    "apps/trace_context",
    "apps/tradewind",
    "codegen",
)

COLUMNS_MAX = 100
# A word that a name contains, or that a comment contains, and what to write instead.
METAPHORS = {
    "board": "registry (HealthRegistry)",
    "desk": "the thing itself (StockReservations)",
    "door": "mailbox (LoopMailbox), port or entry point",
    "errand": "task (BlockingTask)",
    "outlet": "recorder (ServiceRecorders) or exporter",
    "patience": "timeout, deadline or time waited",
    "seat": "module, slot or connection (LoopModule)",
    "surroundings": "context (ProcessContext)",
}
# Types by their whole names, since the words in them are ordinary ones too.
NAMES = {
    "LoopRoom": "LoopModules",
    "ModuleRoom": "ModuleInstance",
    "Opening": "FirstBytes",
    "TokensAhead": "PrefetchedTokens",
}
# How a comment begins that leans on another one.
HEADLESS = re.compile(r"(Of|Likewise|As above|See above|Ditto|The same|Its|And|But|Also)\b")

IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def replacement_of(identifier):
    """What to write instead of a name or word that has a metaphor in it; None where it has none."""
    for part in PART.findall(identifier):
        word = part.lower()
        for form in (word, word.removesuffix("s")):
            if form in METAPHORS:
                return METAPHORS[form]
    return None


def metaphor_objections(text):
    """Literals are not read: what users see is not held by this rule."""
    code = code_only(text).splitlines()
    places = {(number, name): NAMES.get(name) for number, line in enumerate(code, 1) for name in IDENTIFIER.findall(line)}
    places |= {(comment.line, word): None for comment in comments(text) for word in IDENTIFIER.findall(comment.text)}
    for (number, word), replacement in places.items():
        replacement = replacement or replacement_of(word)
        if replacement:
            yield number, f"'{word}' is a metaphor: write {replacement}"


def headless_objections(text):
    """A comment of several lines is read as one."""
    before = None
    for comment in comments(text):
        continued = before and before.owns_line and comment.owns_line and before.line == comment.line - 1
        begins = HEADLESS.match(comment.text)
        if begins and not continued:
            yield comment.line, f"a comment that begins with '{begins.group(1)}' leans on another one: make it a sentence of its own"
        before = comment


def width_objections(text):
    for comment in comments(text):
        if comment.owns_line and comment.columns > COLUMNS_MAX and " " in comment.text:
            yield comment.line, f"a comment of {comment.columns} columns; {COLUMNS_MAX} are allowed"


def objections_to(text):
    """(line, what is wrong) of each place in a file's text."""
    for rule in (metaphor_objections, headless_objections, width_objections):
        yield from rule(text)


def is_done(path, folders=DONE):
    return any(path.startswith(folder + "/") for folder in folders)


def check(paths):
    return [
        (path, line, text)
        for path in paths
        if is_done(path)
        for line, text in objections_to(pathlib.Path(path).read_text(errors="replace"))
    ]


if __name__ == "__main__":
    sys.exit(finish(check(listed_files())))
