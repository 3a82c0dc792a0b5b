"""A stock tool, schemathesis, makes requests of the OpenAPI document and finds no answer that the document does not tell."""

import pathlib
import subprocess
import sys

import pytest

from harness.system import ONE
from harness.tokens import Issuer

CONFIG = pathlib.Path(__file__).with_name("openapi_truth.toml")


@pytest.mark.parametrize("placement", [ONE], scope="session")
def test_every_answer_is_one_that_the_document_tells(new_system, tmp_path):
    issuer = Issuer(tmp_path / "issuer")
    system = new_system(issuer.settings())
    tool = pathlib.Path(sys.executable).with_name("schemathesis")
    # The tool would compare whole events with the schema of their data, so this caller has no order to watch.
    token = issuer.token("nobody-in-the-shop", "support", "merchant", "operator")
    header = f"Authorization: Bearer {token}"
    run = [tool, "--config-file", CONFIG, "run", f"{system.url}/openapi.json", "--checks", "all", "--seed", "20", "--header", header]
    told = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert told.returncode == 0, told.stdout + told.stderr
    tested = [line for line in told.stdout.splitlines() if "Tested:" in line]
    assert tested and int(tested[0].split()[-1]) == len(operations(system)), told.stdout


def operations(system) -> list[tuple[str, str]]:
    with system.client() as http:
        paths = http.get("/openapi.json").json()["paths"]
    return [(path, method) for path, methods in paths.items() for method in methods]
