"""The part "In Jaeger" of the page "See your first trace", followed word for word in a network of its own, where all the usual ports are free."""

import re
import shlex
import shutil
import subprocess

import pytest
from harness.process import ROOT, binary, clean_environment

from rig.program import folder_of

PAGE = (ROOT / "docs/guide/first-trace.md").read_text()
ALONE = ["unshare", "--map-root-user", "--net", "--pid", "--fork", "--mount-proc", "--kill-child"]

# In the order of the page; the reader opens a terminal for each, and waits until it is ready.
STAY = {
    "deploy/jaeger/jaeger.yaml": "http://127.0.0.1:13134/status",
    "deploy/collector/collector.yaml": "http://127.0.0.1:13133/",
    "./dev up": "http://127.0.0.1:8080/ready",
}


def script(folder) -> str:
    """The commands of the page; what they leave goes below `folder`."""
    lines = ["set -e", "ip link set lo up"]
    # The part before is followed by tests/e2e/test_console_traces.py.
    _, _, part = PAGE.partition("\n## In Jaeger\n")
    for block in re.findall(r"^```sh\n(.*?)^```$", part, re.MULTILINE | re.DOTALL):
        ready = next((url for mark, url in STAY.items() if mark in block), None)
        if ready:
            lines += [f"{block.strip()} >>{folder}/terminals 2>&1 &", f"until curl -sf {ready} >{folder}/ready; do sleep 0.1; done"]
        elif "setup peers" not in block:
            lines += [block, "echo"]
            if "-d '{" in block:
                lines.append("sleep 6")  # as the page says, or longer
    return "\n".join(lines).replace("./dev up", f"{binary()} up --data {folder}/data").replace("build/logs.jsonl", f"{folder}/logs.jsonl")


def test_who_follows_the_page_sees_what_it_promises(tmp_path):
    cache = {folder_of(peer).parent for peer in ("jaeger", "otelcol")}.pop()
    if not shutil.which("ip") or subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("takes a network of its own: ip and the right to unshare")
    commands = script(tmp_path).replace("~/.cache/tradewind/peers", shlex.quote(str(cache)))
    env = clean_environment({"LOGS_FILE": f"{tmp_path}/logs.jsonl"})
    followed = subprocess.run([*ALONE, "bash", "-c", commands], cwd=ROOT, env=env, capture_output=True, text=True, timeout=90, check=False)
    seen = followed.stdout
    assert followed.returncode == 0, f"{commands}\n{seen}\n{followed.stderr}\n{(tmp_path / 'terminals').read_text()}"

    def shape(text: str) -> list[str]:
        """The spans of a printed tree without times, in no order: two statements at the same moment may come either way."""
        return sorted(re.findall(r"^ *[\d.]+ ms +(\S.*)$", text, re.MULTILINE))

    order, refused = (part.partition("\n\n")[0] for part in seen.split("trace ", 2)[1:])
    assert shape(order) == shape(PAGE)
    assert "user-service: user.UserService/GetUser (client)" not in refused
    assert "order-service: user.UserService/GetUser (client)  failed: NOT_FOUND" in refused
    assert "order-service: catalog.CatalogService/Release (client)" in refused
    assert '"traceId":"0af7651916cd43dd8448eb211c80319c"' in seen
    assert re.search(r"^shop_orders_created_total\{.*\} 1$", seen, re.MULTILINE)
    assert re.search(r'^http_server_request_duration_seconds_count\{.*http_route="/api/orders".*\} 1$', seen, re.MULTILINE)
