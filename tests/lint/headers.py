#!/usr/bin/env python3
"""Compiles every header alone, so that none leans on what was included before it.

usage: headers.py COMPILE_COMMANDS STAMPS < headers

The flags are those of the sources in the same folder. A header whose text, includes and flags are those of a check that
passed is not compiled again.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

from report import finish, listed_files

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
NOT_FOR_HEADERS = re.compile(r"-(c|o|g\d?|O\S*|M\S+)$")


def flags_of(command):
    """Compiler and flags of one entry of compile_commands.json, without what is about its file."""
    words = shlex.split(command["command"])
    while not re.search(r"(g\+\+|c\+\+|clang\+\+)[-\d.]*$", words[0]):
        words.pop(0)
    flags, skip = [], False
    for word in words:
        if skip or word in ("-c", "-o", "-MF", "-MT", "-MQ"):
            skip = not skip and word != "-c"
        elif not NOT_FOR_HEADERS.fullmatch(word) and word != command["file"]:
            flags.append(word)
    return flags


def folder_of(command, root):
    """The folder of the sources that are compiled: of a unity build's file, that of its target."""
    target, unity, _ = command["file"].partition("/CMakeFiles/")
    if unity:
        return os.path.relpath(target, command["directory"])
    return os.path.relpath(os.path.dirname(command["file"]), root)


def flags_by_folder(commands, root):
    """Folder → flags; where several sources lie, those with the most (tests see more than the library)."""
    found = {}
    for command in commands:
        folder, flags = folder_of(command, root), flags_of(command)
        if not folder.startswith("..") and len(flags) > len(found.get(folder, [])):
            found[folder] = flags
    return found


def flags_for(header, found):
    """The flags of the nearest folder above that has sources; else of the folder with the most flags, which sees everything."""
    for folder in pathlib.PurePath(header).parents:
        if str(folder) in found:
            return found[str(folder)]
    return max(found.values(), key=len)


class Texts:
    """Digests of files together with all that they include from the include folders."""

    def __init__(self):
        self.includes = {}

    def digest(self, header, flags):
        roots = [flag[2:] for flag in flags if flag.startswith("-I")]
        roots += [flags[i + 1] for i, flag in enumerate(flags[:-1]) if flag == "-isystem"]
        state, todo, seen = hashlib.sha256("\0".join(flags).encode()), [os.path.abspath(header)], set()
        while todo:
            path = todo.pop()
            if path in seen:
                continue
            seen.add(path)
            digest, names = self.read(path)
            state.update(path.encode() + digest)
            for name in names:
                candidates = (os.path.join(root, name) for root in [os.path.dirname(path), *roots])
                todo += [next(filter(os.path.isfile, candidates), os.path.join("missing", name))]
        return state.hexdigest()

    def read(self, path):
        if path not in self.includes:
            data = pathlib.Path(path).read_bytes() if os.path.isfile(path) else b""
            self.includes[path] = (hashlib.sha256(data).digest(), INCLUDE.findall(data.decode(errors="replace")))
        return self.includes[path]


def compile_alone(header, flags, stamp):
    """What the compiler says; empty where the header passes."""
    source = f'#include "{header}"\n'
    run = subprocess.run([*flags, "-I.", "-O0", "-fsyntax-only", "-x", "c++", "-"], input=source, capture_output=True, text=True)
    if run.returncode:
        return run.stderr
    stamp.touch()
    return ""


def check(headers, found, stamps):
    stamps.mkdir(parents=True, exist_ok=True)
    texts, current, objections = Texts(), set(), []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {}
        for header in headers:
            flags = flags_for(header, found)
            stamp = stamps / texts.digest(header, flags)
            current.add(stamp.name)
            if not stamp.exists():
                running[pool.submit(compile_alone, header, flags, stamp)] = header
        for done in concurrent.futures.as_completed(running):
            if done.result():
                objections.append((running[done], 1, "does not compile alone\n" + done.result()))
    for stamp in stamps.iterdir():
        if stamp.name not in current:
            stamp.unlink()
    return objections


def main():
    commands = json.loads(pathlib.Path(sys.argv[1]).read_text())
    return finish(check(listed_files(), flags_by_folder(commands, os.getcwd()), pathlib.Path(sys.argv[2])))


if __name__ == "__main__":
    sys.exit(main())
