"""Writes docs/reference/contract.md from proto/tradewind/options.proto and docs/reference/contract.toml:

    build/lint/venv/bin/python tools/dev/contract_page.py

The options and their comments come from protoc's description of the file, the tests that trip them from the table. Lint compares
the page with both (tests/lint/contract.py)."""

import dataclasses
import pathlib
import subprocess
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPTIONS = "proto/tradewind/options.proto"
TABLE = "docs/reference/contract.toml"
PAGE = "docs/reference/contract.md"
DECLARED = "Declared, not enforced yet"

INTRODUCTION = f"""\
# What a contract may say

Every option of [`tradewind/options.proto`](../../{OPTIONS}), what it does, and the
tests that fail when it does not. The page is generated from the comments of that file and from
[contract.toml](contract.toml) by `tools/dev/contract_page.py`; `./dev lint` compares them.

An option or a value that is marked **declared, not enforced yet** may stand in a contract, and the
contract means it, but nothing holds it so far. Tests beside the mark hold what is kept already.
[Write your own service](../guide/write-a-service.md) shows the options in use.
"""


@dataclasses.dataclass
class Option:
    """A field of an options message, a value of an enum, or an extension."""

    name: str
    type: str  # empty for a value
    comment: str
    line: int


@dataclasses.dataclass
class Group:
    """A message, an enum, or all extensions together under the name of the package."""

    name: str
    comment: str
    options: list[Option]


@dataclasses.dataclass
class Entry:
    """What the table says of an option."""

    tests: list[str]
    enforced: bool


def type_text(field) -> str:
    kind = field.type_name.rsplit(".", 1)[-1] or field.Type.Name(field.type).removeprefix("TYPE_").lower()
    return f"repeated {kind}" if field.label == field.LABEL_REPEATED else kind


def groups_of(file) -> list[Group]:
    """The options of a FileDescriptorProto that has its source locations, in the order of the file."""
    locations = {tuple(each.path): each for each in file.source_code_info.location}

    def comment(*path: int) -> str:
        found = locations.get(path)
        return f"{found.leading_comments} {found.trailing_comments}".strip() if found else ""

    def option(member, kind: str, *path: int) -> Option:
        return Option(member.name, kind, " ".join(comment(*path).split()), locations[path].span[0] + 1)

    # The numbers are those of the fields in descriptor.proto.
    groups = []
    for i, enum in enumerate(file.enum_type):
        values = [option(value, "", 5, i, 2, j) for j, value in enumerate(enum.value)]
        groups.append((locations[5, i].span[0], Group(enum.name, comment(5, i), values)))
    for i, message in enumerate(file.message_type):
        fields = [option(field, type_text(field), 4, i, 2, j) for j, field in enumerate(message.field)]
        groups.append((locations[4, i].span[0], Group(message.name, comment(4, i), fields)))
    extensions = [option(field, type_text(field), 7, i) for i, field in enumerate(file.extension)]
    written = f"The options, each written with its package: `({file.package}.{file.extension[0].name})`."
    return [Group(file.package, written, extensions)] + [group for _, group in sorted(groups, key=lambda each: each[0])]


def read_options() -> list[Group]:
    # Only who reads the file needs protobuf, which the environment of lint has.
    from google.protobuf import descriptor_pb2

    command = ["protoc", "-Iproto", "--include_source_info", "--descriptor_set_out=/dev/stdout", OPTIONS]
    described = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    return groups_of(descriptor_pb2.FileDescriptorSet.FromString(described).file[0])


def table_of(text: str) -> dict[str, dict[str, Entry]]:
    """Entries by group and option."""
    def entry(one) -> Entry:
        return Entry(one, True) if isinstance(one, list) else Entry(one["declared"], False)

    groups = tomllib.loads(text)
    return {group: {name: entry(one) for name, one in entries.items()} for group, entries in groups.items()}


def read_table() -> dict[str, dict[str, Entry]]:
    return table_of((ROOT / TABLE).read_text())


def test_link(test: str) -> str:
    file, _, name = test.partition("::")
    return f"[`{name}`](../../{file})"


def row(option: Option, entry: Entry) -> str:
    tests = "<br>".join(test_link(test) for test in entry.tests)
    if not entry.enforced:
        tests = f"**declared, not enforced yet**{'<br>' if tests else ''}{tests}"
    cells = [f"`{option.name}`", *([option.type] if option.type else []), option.comment.replace("|", "\\|"), tests]
    return f"| {' | '.join(cells)} |\n"


def section(group: Group, entries: dict[str, Entry]) -> str:
    typed = bool(group.options and group.options[0].type)
    head = ["option" if typed else "value", *(["type"] if typed else []), "what it does", "tests"]
    lines = [f"| {' | '.join(head)} |\n", f"|{' --- |' * len(head)}\n"]
    lines += [row(option, entries[option.name]) for option in group.options]
    text = f"{group.comment}\n\n" if group.comment else ""
    # protoc keeps the blank behind the slashes of a comment's lines.
    text = "\n".join(line.removeprefix(" ") for line in text.split("\n"))
    return f"## `{group.name}`\n\n{text}{''.join(lines)}"


def page(groups: list[Group], table: dict[str, dict[str, Entry]]) -> str:
    return "\n".join([INTRODUCTION, *(section(group, table[group.name]) for group in groups)])


if __name__ == "__main__":
    (ROOT / PAGE).write_text(page(read_options(), read_table()))
