"""Writes docs/reference/errors.md from docs/reference/errors.toml and kit/http/problem.cpp:

    python3 tools/dev/errors_page.py

The table says what each reason means and what to do, problem.cpp which HTTP status it has. Lint compares the page with both, and the
table with the reasons that the code makes (tests/lint/errors.py)."""

import dataclasses
import pathlib
import re
import textwrap
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = "docs/reference/errors.toml"
STATUSES = "kit/http/problem.cpp"
PAGE = "docs/reference/errors.md"
OF_REASON = re.compile(r'ReasonStatus\{(?:"(\w+)"|reason::(k\w+)), (\d+)\}')
OF_CODE = re.compile(r"((?:\s+case Code::\w+:)+)\s+return (\d+);")

INTRODUCTION = """\
# Errors

Every reason that an error may have, what it means and what to do. The page is generated from
[errors.toml](errors.toml) by `tools/dev/errors_page.py`; `./dev lint` compares it with the code.

An error over HTTP is a problem of [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457), with the
media type `application/problem+json`. Its member `code` is the reason: a constant that programs
test. `detail` is a sentence for people and may change. `retryable` says whether the same request
may succeed a little later. `errors` names each wrong field by a JSON pointer. `trace_id` finds the
request in the log and in traces.

An error over gRPC is a status with one of the codes below. The reason is in the details of the
status, as `google.rpc.ErrorInfo`, and wrong fields are there as `google.rpc.BadRequest`.

A change may have been made although the call failed with CANCELLED, DEADLINE_EXCEEDED, UNKNOWN,
INTERNAL or DATA_LOSS, or for the reason OUTCOME_UNKNOWN. Read the object before you repeat such a
change. With every other code nothing has been done.
"""


@dataclasses.dataclass
class Entry:
    """What the table says of a reason."""

    codes: list[str]
    meaning: str
    remedy: str


@dataclasses.dataclass
class Section:
    title: str
    text: str
    reasons: dict[str, Entry]


def table_of(text: str) -> list[Section]:
    def entry(codes: str, meaning: str, remedy: str) -> Entry:
        return Entry(codes.split(", "), meaning, remedy)

    sections = tomllib.loads(text).values()
    return [Section(one["title"], one["text"], {name: entry(*row) for name, row in one["reasons"].items()}) for one in sections]


class Statuses:
    """The HTTP status of an error, as kit/http/problem.cpp has it."""

    def __init__(self, source: str, constants: dict[str, str]):
        self.of_reason = {literal or constants[name]: int(status) for literal, name, status in OF_REASON.findall(source)}
        cases = ((re.findall(r"Code::(\w+)", cases), int(status)) for cases, status in OF_CODE.findall(source))
        self.of_code = {code.upper(): status for codes, status in cases for code in codes}

    def of(self, reason: str, code: str) -> int:
        return self.of_reason.get(reason) or self.of_code[code]


def rows(section: Section, statuses: Statuses):
    for reason, entry in sorted(section.reasons.items()):
        shown = "<br>".join(entry.codes)
        status = "<br>".join(str(statuses.of(reason, code)) for code in entry.codes)
        yield f'| <a id="{reason.lower()}"></a>`{reason}` | {shown} | {status} | {entry.meaning} | {entry.remedy} |\n'


def page(sections: list[Section], statuses: Statuses) -> str:
    texts = [INTRODUCTION]
    for section in sections:
        head = "| reason | code | HTTP | what it means | what to do |\n| --- | --- | --- | --- | --- |\n"
        text = textwrap.fill(" ".join(section.text.split()), 100, break_long_words=False, break_on_hyphens=False)
        texts.append(f"## {section.title}\n\n{text}\n\n{head}{''.join(rows(section, statuses))}")
    return "\n".join(texts)


def constants() -> dict[str, str]:
    """The reasons by the names of their constants."""
    files = [*ROOT.glob("kit/*/reasons.hpp"), *ROOT.glob("services/*/reasons.hpp")]
    return dict(found for file in files for found in re.findall(r'string_view (k\w+) = "([A-Z0-9_]+)"', file.read_text()))


def read_table() -> list[Section]:
    return table_of((ROOT / TABLE).read_text())


def made() -> str:
    return page(read_table(), Statuses((ROOT / STATUSES).read_text(), constants()))


if __name__ == "__main__":
    (ROOT / PAGE).write_text(made())
