#!/usr/bin/env python3
"""Prints traces as trees. Reads what Jaeger's query API answers for /api/traces or /api/traces/ID on standard input."""

import json
import sys


def parent_of(span: dict) -> str:
    return next((one["spanID"] for one in span["references"] if one["refType"] == "CHILD_OF"), "")


def show(trace: dict, parent: str, depth: int):
    known = {span["spanID"] for span in trace["spans"]}
    for span in sorted(trace["spans"], key=lambda span: span["startTime"]):
        above = parent_of(span)
        if (above if above in known else "") != parent:
            continue
        service = trace["processes"][span["processID"]]["serviceName"]
        tags = {tag["key"]: tag["value"] for tag in span["tags"]}
        what = f"{service}: {span['operationName']} ({tags.get('span.kind', 'internal')})"
        failed = f"  failed: {tags['error.type']}" if "error.type" in tags else ""
        print(f"{span['duration'] / 1000:9.2f} ms  {'  ' * depth}{what}{failed}")
        show(trace, span["spanID"], depth + 1)


for one in json.load(sys.stdin)["data"] or []:
    print(f"trace {one['traceID']}, {len(one['spans'])} spans")
    show(one, "", 0)
