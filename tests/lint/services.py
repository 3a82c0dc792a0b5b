#!/usr/bin/env python3
"""Every place that has to name each service names those of services/services.json: the program, the gateway, the simulation, the
image, Compose. What a place is missing is said with the text that it should have.
"""

import json
import pathlib
import re
import sys

from report import finish

LIST = "services/services.json"
# For each place the texts that it has of a service. A space stands for any white space.
PLACES = {
    "proto/CMakeLists.txt": [" {name}.proto"],
    "apps/tradewind/modules.cpp": ['.name = "{name}", .make = &{name}::make_module, .grpc_port = {port}, .schema = &{name}::schema'],
    "services/gateway/module.cpp": ['{{"{name}", ::{name}::{name}_service_routes()}}'],
    "tests/simulation/shop.cpp": ['.name = "{name}", .make = &{name}::make_module, .grpc_port = {port}, .schema = &{name}::schema'],
    "tests/simulation/http_channel.cpp": ["::{name}::{name}_service_routes()"],
    "deploy/container/Dockerfile": ["TRADEWIND_{NAME}_ADDRESS=[::]:{port}"],
    "deploy/compose/compose.yaml": [
        "{NAME}_SERVICE_URL: http://{name}:{port}",
        "command: [serve, {name}]",
        "{NAME}_DB_PASSWORD_FILE: /run/secrets/{name}_db_password",
    ],
    "deploy/compose/development.yaml": ['ports: !override ["127.0.0.1:{port}:{port}"]'],
    "deploy/compose/development.env": ["{NAME}_DB_PASSWORD=development"],
    "deploy/compose/env.example": ["{NAME}_DB_PASSWORD="],
    "deploy/compose/targets/tradewind.yaml": ['targets: ["{name}:9464"], labels: {{job: tradewind, module: {name}}}'],
}
# These name the services whose contract has routes.
OF_ROUTES = {"services/gateway/module.cpp", "tests/simulation/http_channel.cpp"}
ROUTE = re.compile(r"^\s*http: *\{", re.MULTILINE)
# Lists in which the name, or the port, is one word of several.
NAMED_IN = {
    "deploy/compose/postgres/init.sh": r"^services=\((.*)\)$",
    "deploy/container/Dockerfile": r"^EXPOSE (.*)$",
}
MODULE = re.compile(r'\.name = "(\w+)".*?\.grpc_port = (\d+)')


def squeezed(text):
    return " ".join(text.split())


def missing(path, text, service):
    """What `path`, whose text this is, does not say of the service."""
    words = {"name": service["name"], "NAME": service["name"].upper(), "port": service["grpc_port"]}
    for wanted in PLACES.get(path, []):
        if wanted.format(**words) not in squeezed(text):
            yield f"{service['name']} is missing: {wanted.format(**words)}"
    if path in NAMED_IN:
        listed = re.search(NAMED_IN[path], text, re.MULTILINE)
        word = service["name"] if path.endswith(".sh") else str(service["grpc_port"])
        if not listed or word not in listed.group(1).split():
            yield f"{service['name']} is missing: {word} in {listed.group() if listed else NAMED_IN[path]}"


def objections(services, read):
    """`services` is what LIST says; `read(path)` gives a file's text."""
    for path in [*PLACES, *(path for path in NAMED_IN if path not in PLACES)]:
        for service in services:
            if path not in OF_ROUTES or ROUTE.search(read(f"proto/{service['name']}.proto")):
                yield from ((path, 1, text) for text in missing(path, read(path), service))
    started = MODULE.findall(read("apps/tradewind/modules.cpp"))
    listed = [(service["name"], str(service["grpc_port"])) for service in services]
    if sorted(started) == sorted(listed) and started != listed:
        yield LIST, 1, f"services start in the order of apps/tradewind/modules.cpp: {', '.join(name for name, _ in started)}"
    for name in dict(started).keys() - dict(listed).keys():
        yield LIST, 1, f"apps/tradewind/modules.cpp has {name}, which is missing here"
    for field in ("name", "grpc_port", "operations_port"):
        values = [service[field] for service in services]
        for value in {value for value in values if values.count(value) > 1}:
            yield LIST, 1, f"two services have the {field} {value}"


def main():
    return finish([*objections(json.loads(pathlib.Path(LIST).read_text()), lambda path: pathlib.Path(path).read_text())])


if __name__ == "__main__":
    sys.exit(main())
