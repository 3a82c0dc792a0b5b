#!/usr/bin/env python3
"""The committed page is built from the committed sources: web/dist/sources.sha256 is the hash of what web/build.mjs reads.

This needs no Node. That the sources give these very files is a test of the group `console`.
"""

import hashlib
import pathlib
import sys

from report import finish

WEB = pathlib.Path("web")
ALONE = ["package.json", "package-lock.json", "tsconfig.json", "build.mjs"]
STAMP = "dist/sources.sha256"
LOCK = "package-lock.json"


def hash_of(folder):
    """The same hash as hashOfSources in web/build.mjs: each file's name and the hash of its content, in the order of names."""
    names = ALONE + [path.relative_to(folder).as_posix() for path in (folder / "src").rglob("*") if path.is_file()]
    whole = hashlib.sha256()
    for name in sorted(names):
        content = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        whole.update(f"{name}\0{content}\n".encode())
    return whole.hexdigest()


def objections_to(folder):
    """(path, line, what is wrong) of the page in a folder."""
    found = []
    stamp = folder / STAMP
    if not stamp.exists() or stamp.read_text().strip() != hash_of(folder):
        found.append((str(stamp), 1, "the page was not built from these sources: run npm run build in web"))
    for number, line in enumerate((folder / LOCK).read_text().splitlines(), 1):
        if '"resolved"' in line:
            found.append((str(folder / LOCK), number, "the lock file names a registry: web/.npmrc has omit-lockfile-registry-resolved"))
    return found


if __name__ == "__main__":
    sys.exit(finish(objections_to(WEB)))
