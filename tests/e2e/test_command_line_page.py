"""docs/reference/command-line.md is what the program prints, for every command."""

import sys

from harness.process import ROOT, binary, run

sys.path.insert(0, str(ROOT / "tools/dev"))
import command_line_page  # noqa: E402

PAGE = (ROOT / command_line_page.PAGE).read_text()


def test_the_page_is_what_the_program_prints():
    assert PAGE == command_line_page.page(binary()), f"python3 tools/dev/command_line_page.py {binary()}"


def test_the_page_has_every_command(tmp_path):
    listed = command_line_page.commands_in(run("help", folder=tmp_path).stdout)
    assert {"up", "serve", "config", "certs", "version"} <= set(listed)
    assert [name for name in listed if f"## `tradewind {name}`" not in PAGE] == []
    assert "## `tradewind config show`" in PAGE and "## `tradewind certs dev`" in PAGE


def test_every_setting_is_explained(tmp_path):
    shown = run("config", "show", folder=tmp_path)
    explained = run("config", "show", "--help-all", folder=tmp_path)
    assert explained.returncode == 0, explained
    keys = [line.split()[0] for line in shown.stdout.splitlines()]
    paragraphs = explained.stdout.strip("\n").split("\n\n")
    assert [paragraph.splitlines()[0] for paragraph in paragraphs] == keys
    for paragraph in paragraphs:
        names = [line.split()[0] for line in paragraph.splitlines()[2:]]
        assert names[:5] == ["value", "default", "allowed", "variable", "flag"], paragraph
