"""Writes the files that a page shows whole into a folder, so that they are built from the page alone.

usage: page.py PAGE SOURCE FOLDER

A block of code that names a file below SOURCE (```cpp SOURCE/main.cpp) is the whole file. The line before the block names it for
readers: `main.cpp`:. SOURCE has these files and no others, byte for byte.
"""

import pathlib
import re
import sys

BLOCK = re.compile(r"^`([^`\n]+)`:\n\n```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^```\w+ (\S+)$", re.MULTILINE)


def files_of(page: str, source: str) -> dict[str, str]:
    """Name → text of the files that the page shows."""
    files = {}
    for told, path, text in BLOCK.findall(page):
        if path.startswith(f"{source}/"):
            assert path == f"{source}/{told}", f"the page calls {path} `{told}`"
            assert told not in files, f"the page shows {told} twice"
            files[told] = text
    unnamed = [path for path in FENCE.findall(page) if path.startswith(f"{source}/") and path[len(source) + 1 :] not in files]
    assert not unnamed, f"no line before the block names it for readers: {unnamed}"
    return files


def main(page: str, source: str, folder: str) -> None:
    files = files_of(pathlib.Path(page).read_text(), source)
    kept = {str(path.relative_to(source)): path.read_text() for path in pathlib.Path(source).rglob("*") if path.is_file()}
    kept = {name: text for name, text in kept.items() if "__pycache__" not in name}
    assert kept.keys() == files.keys(), f"shown by the page or in {source} alone: {sorted(kept.keys() ^ files.keys())}"
    for name, text in files.items():
        assert kept[name] == text, f"{name} is another one in {page} than in {source}"
        file = pathlib.Path(folder, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
