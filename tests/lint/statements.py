#!/usr/bin/env python3
"""Fails on SQL that CockroachDB, YugabyteDB, Citus, PostgreSQL and SQLite do not all take, or that cannot be spread over shards.

Files to check come on standard input: the C++ that declares `sql::Statement` constants, and every migration. PostgreSQL's parser and
SQLite read them; the rules are in statements_grammar.py, statements_schema.py and statements_shards.py, what is let pass with
its reason in statements_exceptions.py. docs/decisions/0016 says why.
"""

import pathlib
import re
import sys

import statements_exceptions as exceptions
import statements_shards
from report import finish, listed_files
from statements_grammar import check_text
from statements_schema import Migrations, shape
from statements_sqlite import SqliteJudge, without_options
from statements_texts import statements_in
from statements_tree import Refused

BESIDE_CODE = re.compile(r"_(test|bench|fuzz|fixture)(_test)?\.[ch]pp$")
GUIDE = "docs/guide/scaling.md"
MIGRATION = re.compile(r"((?:services|kit)/\w+)/migrations/(sqlite|postgres)/\d{4}_\w+\.sql$")


class Module:
    """A module's schema in both engines."""

    def __init__(self):
        self.postgres = Migrations()
        self.sqlite = Migrations()
        self.judge = SqliteJudge()
        self.objections = []
        self.first = ""

    def add(self, path, engine, text):
        self.first = self.first or path
        if engine == "postgres":
            self.postgres.apply(path, text)
            return
        try:
            self.sqlite.apply(path, without_options(text))
        except Refused as refused:
            self.objections.append((path, 1, str(refused)))
        refused = self.judge.apply(text)
        if refused:
            self.objections.append((path, 1, refused))

    def all_objections(self):
        found = self.objections + self.postgres.objections
        # What is wrong in both is said once; the types of SQLite are SQLite's own affair.
        found = found or [entry for entry in self.sqlite.objections if ": type " not in entry[2]]
        if not found and shape(self.postgres.tables) != shape(self.sqlite.tables):
            ours, theirs = shape(self.postgres.tables), shape(self.sqlite.tables)
            names = [name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)]
            found = [(self.first, 1, f"tables differ between PostgreSQL and SQLite in columns, keys or names: {', '.join(names)}")]
        return found


def read_modules(migrations):
    """Folder → Module, of {path: text}."""
    modules = {}
    for path in sorted(migrations):
        folder, engine = MIGRATION.search(path).groups()
        modules.setdefault(folder, Module()).add(path, engine, migrations[path])
    return modules


def module_of(path, modules):
    """The schema that a file's statements run on; the kit's run on everybody's."""
    for folder, module in modules.items():
        if path.startswith(folder + "/"):
            return module.postgres.tables, [module.judge]
    tables = {name: table for module in modules.values() for name, table in module.postgres.tables.items()}
    return tables, []


def statement_objections(found, constants, modules):
    """What is wrong with one Statement; `constants` are those of its file by name."""
    if found.text is None:
        return ["a statement's text is string literals only: what varies is a parameter"]
    statement, objections = check_text(found.text, found.fallback)
    if statement is None:
        return objections
    if found.fallback and not _does_without(constants.get(found.fallback)):
        objections.append(f"{found.fallback} is no statement of this file that does without SKIP LOCKED")
    tables, judges = module_of(found.path, modules)
    objections += statements_shards.check(statement, tables, (found.path, found.name))
    if not objections:
        objections += filter(None, (judge.objection(found.text) for judge in judges))
    return objections


def _does_without(fallback):
    return fallback is not None and fallback.text is not None and "SKIP LOCKED" not in fallback.text


def guide_objections(guide, modules):
    """Tables that the guide does not list with what they are sharded by."""
    for module in modules.values():
        for table in module.postgres.tables.values():
            if not re.search(rf"\| `{table.name}` \| `{table.shard_key}`", guide):
                yield table.path, table.line, f"{table.name}, sharded by {table.shard_key}, is missing in the list of tables of {GUIDE}"


def check(files, guide):
    """Objections to {path: text}; `guide` is the text of the page about sharding."""
    modules = read_modules({path: text for path, text in files.items() if MIGRATION.search(path)})
    objections = [entry for module in modules.values() for entry in module.all_objections()]
    objections += guide_objections(guide, modules)
    seen = set()
    for path, text in files.items():
        if MIGRATION.search(path) or BESIDE_CODE.search(path) or is_exempt(path):
            continue
        constants = {found.name: found for found in statements_in(path, text)}
        for found in constants.values():
            seen.add((path, found.name))
            objections += [(path, found.line, f"{found.name}: {text}") for text in statement_objections(found, constants, modules)]
    return objections + stale_exceptions(files, modules, seen)


def is_exempt(path):
    return path.startswith(tuple(exceptions.EXEMPT))


def needs_one_node(table):
    return any(table.shard_key not in columns for columns in table.uniques.values())


def only_in_sqlite(constraint, module):
    def has(tables):
        return any(constraint in table.constraints for table in tables.values())

    return has(module.sqlite.tables) and not has(module.postgres.tables)


def stale_exceptions(files, modules, seen):
    """Exceptions whose reason is gone, so that none outlives it."""
    tables = {name: table for module in modules.values() for name, table in module.postgres.tables.items()}
    stale = [f"{path}:{name}" for path, name in exceptions.ACROSS_SHARDS if (path, name) not in seen]
    stale += [name for name in exceptions.REFERENCE_TABLES if name not in tables]
    stale += [name for name in exceptions.WHOLE_ON_CITUS if name not in tables or not needs_one_node(tables[name])]
    stale += [name for name in exceptions.ONLY_SQLITE if not any(only_in_sqlite(name, module) for module in modules.values())]
    stale += [path for path in exceptions.EXEMPT if not any(name.startswith(path) for name in files)]
    return [("tests/lint/statements_exceptions.py", 1, f"{name} needs no exception any more") for name in stale]


def main():
    files = {path: pathlib.Path(path).read_text(errors="replace") for path in listed_files()}
    return finish(check(files, pathlib.Path(GUIDE).read_text()))


if __name__ == "__main__":
    sys.exit(main())
