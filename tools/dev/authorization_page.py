#!/usr/bin/env python3
"""Writes docs/reference/authorization.md from the contracts in proto/: which caller may call which method.

`tests/e2e/test_who_may_call.py` compares the page with the contract as protoc reads it.
"""

import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/reference/authorization.md"
CALLERS = ("PUBLIC", "OWNER", "SUPPORT", "MERCHANT", "SERVICE", "OPERATOR")

HEAD = """# Who may call what

Every method of the contract, and who may call it. The page is generated from `proto/` by
`tools/dev/authorization_page.py`, and the end-to-end tests compare it with the contract. [Who may
call](../guide/who-may-call.md) says how callers show who they are.

- **anyone**: no token is needed. A token that is wrong is refused all the same.
- **owner**: a user with a token, for the user's own objects. The objects of others are not found.
- **support**, **merchant**, **operator**: a user whose token has the role.
- **service**: another module of the program, by its certificate or because it runs in the process.

Whoever is not named may not call: 401 without a token, 403 with one. A method without a route
cannot be reached through the gateway at all.

[Some fields](#fields-that-not-every-caller-sees) of an answer are shown to some of its callers
alone.
"""

FIELDS = """
## Fields that not every caller sees

In the answers of every method, these fields are shown to the callers marked here, and are empty for
all others. That holds over HTTP, gRPC and gRPC-Web, at a service's own port, in lists, in nested
messages and in streams. The contract says it by `visible_to`, and a contract with a field of an
answer that is personal and has no `visible_to` does not build.

- A user is the **owner** of an answer where the method finds the user's own objects alone. A user
  whom the method allows for another reason too, such as a role, finds the objects of all users, and
  then the role decides.
- Each role of a user counts. A merchant who is support as well sees what support sees.
- `echoes_request` of a method says that its answer has no personal data but what the request has
  given. Its caller sees every field.

| field | owner | support | merchant | service | operator |
|---|---|---|---|---|---|
"""


def render(methods: list[tuple[str, str, str, set[str]]], fields: list[tuple[str, set[str]]]) -> str:
    """The page for methods, each with its service, its name, its route (may be empty) and its callers, and for fields."""
    page = HEAD
    service_before = ""
    for service, name, route, allow in methods:
        if service != service_before:
            page += f"\n## {service}\n\n| method | route | anyone | owner | support | merchant | service | operator |\n"
            page += "|---|---|---|---|---|---|---|---|\n"
            service_before = service
        marks = " | ".join("yes" if caller in allow else "" for caller in CALLERS)
        page += re.sub(r" +\|", " |", f"| {name} | {f'`{route}`' if route else ''} | {marks} |") + "\n"
    page += FIELDS
    for field, seen_by in fields:
        marks = " | ".join("yes" if caller in seen_by else "" for caller in CALLERS[1:])
        page += re.sub(r" +\|", " |", f"| `{field}` | {marks} |") + "\n"
    return page


def read_fields() -> list[tuple[str, set[str]]]:
    """The fields with `visible_to` in the order of the contracts, as package.Message.field."""
    fields = []
    for module in json.loads((ROOT / "services/services.json").read_text()):
        text = (ROOT / "proto" / f"{module['name']}.proto").read_text()
        package = re.search(r"^package (\w+);", text, re.MULTILINE)[1]
        for message in re.finditer(r"^message (\w+) \{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL):
            for field in re.finditer(r"(\w+) = \d+ \[\(tradewind\.field\)([^;]*)\];", message[2]):
                if seen_by := set(re.findall(r"visible_to(?:: | = )(\w+)", field[2])):
                    fields.append((f"{package}.{message[1]}.{field[1]}", seen_by))
    return fields


def read_contracts() -> list[tuple[str, str, str, set[str]]]:
    methods = []
    for module in json.loads((ROOT / "services/services.json").read_text()):
        text = (ROOT / "proto" / f"{module['name']}.proto").read_text()
        package = re.search(r"^package (\w+);", text, re.MULTILINE)[1]
        service = re.search(r"^service (\w+) \{", text, re.MULTILINE)[1]
        for part in re.split(r"^  rpc ", text, flags=re.MULTILINE)[1:]:
            policy = part[: part.index("};")]
            route = re.search(r'http: \{(\w+): "([^"]+)"', policy)
            methods.append(
                (
                    f"{package}.{service}",
                    re.match(r"\w+", part)[0],
                    f"{route[1].upper()} {route[2]}" if route else "",
                    set(re.findall(r"allow: (\w+)", policy)),
                )
            )
    return methods


if __name__ == "__main__":
    PAGE.write_text(render(read_contracts(), read_fields()))
