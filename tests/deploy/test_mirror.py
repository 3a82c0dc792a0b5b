"""Where the base of the image is made from, of the many forms that apt's sources have."""

import pathlib

import pytest
from deployed.image import mirror

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
RELEASE = f"Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: {KEYRING}\n"
SECURITY = f"Types: deb\nURIs: http://mirror.example/security\nSuites: bookworm-security\nComponents: main\nSigned-By: {KEYRING}\n"
ONE_LINE_EACH = """# apt
deb http://mirror.example/security bookworm-security main
deb [arch=amd64] http://mirror.example/debian bookworm main
"""
OTHERS = "Types: deb\nURIs: https://other.example/\nSuites: stable\nComponents: main\nSigned-By: /usr/share/keyrings/other.gpg\n"


@pytest.mark.parametrize(
    "files",
    [
        {"sources.list.d/debian.sources": RELEASE},
        {"sources.list.d/debian.sources": f"{RELEASE}\n# of its own\n{SECURITY}"},
        {"sources.list.d/debian.sources": f"{SECURITY}\n{RELEASE}"},
        {"sources.list.d/a.sources": OTHERS, "sources.list.d/b.sources": RELEASE},
        {"sources.list": ONE_LINE_EACH},
    ],
    ids=["one stanza", "security last", "security first", "another's", "one line each"],
)
def test_the_mirror_of_the_release_is_found(files, tmp_path: pathlib.Path):
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    assert mirror(tmp_path) == ("http://mirror.example/debian", KEYRING)
