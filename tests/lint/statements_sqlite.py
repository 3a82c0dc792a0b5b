"""The other judge: SQLite itself makes the tables of a module's migrations and compiles its statements against them."""

import re
import sqlite3

from statements_tree import Refused

ROW_LOCK = re.compile(r" FOR UPDATE( SKIP LOCKED)?$")
TABLE_END = re.compile(r"\)\s*STRICT(\s*,\s*WITHOUT ROWID)?\s*;", re.IGNORECASE)


def without_options(text):
    """A migration for SQLite as PostgreSQL's parser can read it, to compare the two; tables without STRICT are refused."""
    if len(TABLE_END.findall(text)) < len(re.findall(r"^\s*CREATE\s+TABLE\b", text, re.IGNORECASE | re.MULTILINE)):
        raise Refused("a table in SQLite is STRICT, so that a column holds its type only")
    if re.search(r"\bAUTOINCREMENT\b", text, re.IGNORECASE):
        raise Refused("no AUTOINCREMENT: ids are the program's, UUIDv7 as text")
    return TABLE_END.sub(");", text)


class SqliteJudge:
    def __init__(self):
        self.database = sqlite3.connect(":memory:")

    def apply(self, text):
        """What SQLite objects to in a migration; None where it takes it."""
        try:
            self.database.executescript(text)
        except sqlite3.Error as error:
            return f"SQLite refuses it: {error}"
        return None

    def objection(self, text):
        """What SQLite objects to in a statement; row locks are left out, as the driver does."""
        text = ROW_LOCK.sub("", text)
        parameters = {number: None for number in re.findall(r"\$(\d+)", text)}
        try:
            self.database.execute("EXPLAIN " + text, parameters).fetchall()
        except sqlite3.Error as error:
            return f"SQLite refuses it: {error}"
        return None
