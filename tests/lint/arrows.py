#!/usr/bin/env python3
"""Reads the includes and fails on an arrow that points the wrong way (docs: apps → services → kit, and the layers of kit).

Files to check come on standard input, rooted at the repository.
"""

import pathlib
import re
import sys

from report import finish, listed_files

# A library may include those of lower layers, never those beside or above it.
KIT_LAYERS = [
    {"base"},
    {"async"},
    {"telemetry"},
    {"net"},
    {"http", "rpc", "redis"},
    {"otlp", "sql", "cache", "auth", "resilience"},
    {"events", "durable", "idempotency", "audit"},
    {"outbox"},
    {"runtime"},
    {"cli", "gateway", "simulation"},
]
# The layers of the rooms in a library. A room that is not named here may be used by the whole library. "" stands for the library's
# folder itself; where that is missing, its files may look anywhere in the library.
ROOM_LAYERS = {
    "http": [{""}, {"client", "server", "json"}],
    "rpc": [{""}, {"wire", "call", "standard", "policies"}, {"server", "network", "local"}],
    "sql": [{"sqlite", "postgres"}],
}
# A room is private to its library. Its public headers lie in the library's folder, and count as part of the room where layers matter.
PUBLIC_FACE_OF = {
    "http": {
        "client": {"client", "client_stream", "client_url", "event_source"},
        "json": {"json_mapping"},
        "server": {"plain_refusal", "router", "server", "stream_taker"},
    },
    "rpc": {
        "call": {"admission", "policy_chain"},
        "local": {"make_local_channel"},
        "network": {"bytes_caller", "make_network_channel", "target"},
        "policies": {"adaptive_limit", "concurrency_limit", "deadline_limit"},
        "server": {"body_call", "server", "stream_server"},
        "standard": {"port_services"},
        "wire": {"message_decoder", "unary_exchange"},
    },
    "sql": {"postgres": {"postgres_options"}, "sqlite": {"simulated_vfs"}},
}
LAYER_OF = {library: layer for layer, libraries in enumerate(KIT_LAYERS) for library in libraries}
LOOP_LIBRARIES = re.compile(r"boost/(asio|beast)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
BESIDE_CODE = re.compile(r"_(test|bench|fuzz|fixture)(_test)?\.[ch]pp$")
# What services share with each other: how the contract's common messages map to kit's types.
SHARED_BY_SERVICES = "mapping"


def room_of(path):
    """("kit", "http") of kit/http/x.hpp; ("proto", "") of a contract's generated code; ("", "") of what is not ours."""
    parts = path.split("/")
    if parts[0] in ("kit", "services", "apps") and len(parts) > 2:
        return parts[0], parts[1]
    if parts[0] in ("codegen", "proto", "benchmarks", "tests"):
        return parts[0], ""
    return "", ""


def is_business_contract(path, contracts):
    """Generated from a proto that lies directly in proto/ (the kit's own lie in folders below it)."""
    return re.sub(r"^proto/", "", re.sub(r"\.(pb\.h|tw\.hpp)$", "", path)) in contracts


def inner_room_of(path):
    """"server" of kit/http/server/framing.hpp and of its public face kit/http/router.hpp; "" of kit/http/message.hpp."""
    parts = path.split("/")
    if len(parts) > 3:
        return parts[2]
    stem = parts[-1].split(".")[0]
    return next((room for room, stems in PUBLIC_FACE_OF.get(parts[1], {}).items() if stem in stems), "")


def privacy_objection(path, target):
    """A room is reached only from its own library. Tests of the kit may look into any room."""
    root, library = room_of(target)
    if root != "kit" or target.count("/") < 3 or room_of(path) == (root, library):
        return None
    if room_of(path)[0] == "kit" and BESIDE_CODE.search(path):
        return None
    return f"kit/{library}/{target.split('/')[2]} is private to kit/{library}; include a header of kit/{library} itself"


def rooms_objection(path, library, target):
    """Within one library. Tests and fixtures stand wherever what they try does."""
    here, there = inner_room_of(path), inner_room_of(target)
    layers = ROOM_LAYERS.get(library, [])
    if here == there or BESIDE_CODE.search(path) or not any(there in rooms for rooms in layers):
        return None
    if any(here in rooms and there not in set().union(*layers[:layer]) for layer, rooms in enumerate(layers)):
        return f"kit/{library}/{here} may not look at kit/{library}/{there}, which is not below it"
    return None


def kit_objection(path, library, target, contracts):
    root, other = room_of(target)
    if root in ("services", "apps", "codegen", "benchmarks", "tests"):
        return f"kit knows nothing of {root}/"
    if is_business_contract(target, contracts):
        return "kit knows no business contract; take the message by its descriptor"
    if root == "kit" and other == library:
        return rooms_objection(path, library, target)
    if root != "kit":
        return None
    if library == "testing":
        return "kit/testing is below the runtime" if other == "runtime" else None
    if other == "testing":
        return None if BESIDE_CODE.search(path) else "only tests use kit/testing"
    if library not in LAYER_OF or other not in LAYER_OF:
        return f"kit/{other if library in LAYER_OF else library} has no layer yet: give it one in tests/lint/arrows.py"
    if LAYER_OF[other] >= LAYER_OF[library]:
        return f"kit/{library} may not look at kit/{other}, which is not below it"
    return None


def service_objection(service, target):
    root, other = room_of(target)
    if root == "services" and other not in (service, SHARED_BY_SERVICES):
        return f"a service never includes another one; call services/{other} by its generated client"
    if root in ("apps", "codegen", "benchmarks", "tests"):
        return f"services know nothing of {root}/"
    return None


def loop_library_objection(path, root, room):
    """Asio and Beast take seconds to compile, so they stay inside the .cpp files of kit (and in kit/async, which lends them)."""
    if (root, room) == ("kit", "async"):
        return None
    if root == "kit" and path.endswith(".hpp"):
        return "headers include neither Asio nor Beast; declare what you need and include them in the .cpp"
    if root in ("services", "apps"):
        return f"{root} see Asio and Beast only through kit"
    return None


def objection(path, target, contracts):
    """What is wrong with `path` including `target`; None where nothing is."""
    root, room = room_of(path)
    if LOOP_LIBRARIES.match(target):
        return loop_library_objection(path, root, room)
    private = privacy_objection(path, target)
    if private:
        return private
    if root == "kit":
        return kit_objection(path, room, target, contracts)
    if root == "services":
        return service_objection(room, target)
    if root == "codegen" and room_of(target)[0] in ("services", "apps"):
        return "the generator knows nothing of services/ and apps/"
    return None


def check(paths, contracts):
    objections = []
    for path in paths:
        text = pathlib.Path(path).read_text(errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            include = INCLUDE.match(line)
            text_of = include and objection(path, include.group(2), contracts)
            if text_of:
                objections.append((path, number, f"{include.group(2)}: {text_of}"))
    return objections


def main():
    contracts = {path.stem for path in pathlib.Path("proto").glob("*.proto")}
    return finish(check(listed_files(), contracts))


if __name__ == "__main__":
    sys.exit(main())
