"""The operations ports' metrics under the eyes of Prometheus' own checker."""

import subprocess

import httpx
from harness.system import SERVICES

from rig import flow
from rig.program import folder_of

MODULES = (*SERVICES, "gateway")


def test_promtool_finds_nothing_to_object_to(new_system):
    promtool = folder_of("prometheus") / "promtool"
    system = new_system({})
    flow.drive(system)
    for module in MODULES:
        page = httpx.get(system.ops_url(module) + "/metrics", trust_env=False).text
        verdict = subprocess.run([promtool, "check", "metrics"], input=page, capture_output=True, text=True, check=False)
        assert verdict.returncode == 0 and not verdict.stdout + verdict.stderr, f"{module}: {verdict.stdout}{verdict.stderr}"
