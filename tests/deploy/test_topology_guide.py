"""The guide "Observe it", followed word for word as far as that takes no browser."""

import os
import re
import subprocess
import time

from deployed.mixed import shop_once
from production_like.ports import OBSERVABILITY
from production_like.stores import ROOT
from rig.program import until

PAGE = (ROOT / "docs/guide/observe.md").read_text()
USUAL = {name: f"http://127.0.0.1:{OBSERVABILITY[name]}" for name in ("prometheus", "jaeger", "loki")}


def commands(running) -> str:
    """Those of the page, for this topology: at its ports, and without Loki where that is not built."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    script = "\n".join(["set -eo pipefail", *blocks])
    if "loki" not in running.topology.parts:
        script = re.sub(rf"^curl .*{USUAL['loki']}/.*\n.*\n", "", script, flags=re.MULTILINE)
    for name, url in USUAL.items():
        script = script.replace(url, running.at(name))
    return script


def test_who_follows_the_page_gets_from_a_slow_request_to_its_sql_and_its_log(running, http, jaeger, prometheus):
    script = commands(running)
    assert len(re.findall("^TRACE=|^curl", script, re.MULTILINE)) >= 4
    # The page asks in whole seconds, so what other cases did just before would be found, too.
    time.sleep(3)
    begin = time.time()
    shop_once(http)
    expected = [r"^trace \w{32}, ", r"ms  api-gateway: POST /api/orders \(server\)$", r"INSERT orders \(client\)$", r"^[\d.]+ ms INSERT INTO orders "]
    if "loki" in running.topology.parts:
        expected.append(r'"service_name":"api-gateway"')
    said = []

    def seen() -> bool:
        # The page looks ten minutes back; what Jaeger had before another case restarted it is gone.
        asked = script.replace("- 600)", f"- {int(time.time() - begin) + 1})")
        env = os.environ | {"no_proxy": "*"}
        done = subprocess.run(["bash", "-c", asked], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
        said[:] = [asked, done.stdout, done.stderr]
        return done.returncode == 0 and all(re.search(one, done.stdout, re.MULTILINE) for one in expected)

    try:
        until("what the page promises", seen, 60)
    except AssertionError as never:
        raise AssertionError("\n".join(said)) from never
