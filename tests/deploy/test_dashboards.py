"""The dashboards, as far as that can be said without Grafana: that they fit its schema, that their queries are sound, and that what
they ask for exists."""

import itertools
import json
import pathlib
import re
import runpy
import subprocess
import sys

import metric_names
import pytest
import yaml
from rig.program import folder_of

GRAFANA = metric_names.ROOT / "deploy/grafana"
DASHBOARDS = {file.stem: json.loads(file.read_text()) for file in sorted((GRAFANA / "dashboards").glob("*.json"))}
SOURCES = yaml.safe_load((GRAFANA / "provisioning/datasources/tradewind.yaml").read_text())["datasources"]
UNITS = {"short", "s", "reqps", "ops", "percentunit", "bytes", "dtdurations"}
BUILT_IN = {"__range", "__rate_interval", "__interval"}
GUIDE = metric_names.ROOT / "docs/guide/observe.md"


def panels(dashboard: dict) -> list[dict]:
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


ALL_PANELS = [(name, panel) for name, one in DASHBOARDS.items() for panel in panels(one)]
TITLES = [f"{name}: {panel['title']}" for name, panel in ALL_PANELS]
each_dashboard = pytest.mark.parametrize("name", DASHBOARDS)
each_panel = pytest.mark.parametrize(("name", "panel"), ALL_PANELS, ids=TITLES)


def expressions(panel: dict) -> list[str]:
    return [target["expr"] for target in panel["targets"]]


def expanded(expr: str) -> str:
    """As Grafana sends it: for all services, with windows of a minute."""
    return re.sub(r"\$(interval|__range)\b", "1m", expr.replace("$service", ".*"))


def test_the_files_are_what_the_generator_writes(monkeypatch):
    monkeypatch.syspath_prepend(GRAFANA)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    made = runpy.run_path(str(GRAFANA / "generate.py"))["render"]()
    assert {file.name: file.read_text() for file in (GRAFANA / "dashboards").iterdir()} == made, "run deploy/grafana/generate.py"


def fits_the_schema(file: pathlib.Path) -> subprocess.CompletedProcess:
    program = folder_of("grafana-schema") / "grafana-schema"
    return subprocess.run([program, file], capture_output=True, text=True, timeout=60, check=False)


@each_dashboard
def test_a_dashboard_fits_grafanas_own_schema(name):
    verdict = fits_the_schema(GRAFANA / "dashboards" / f"{name}.json")
    assert verdict.returncode == 0, verdict.stderr


def test_a_misspelt_option_of_a_panel_would_not_be_taken(tmp_path):
    wrong = json.loads((GRAFANA / "dashboards/overview.json").read_text())
    stat = next(panel for panel in wrong["panels"] if panel["type"] == "stat")
    stat["options"]["colourMode"] = stat["options"].pop("colorMode")
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(wrong))
    verdict = fits_the_schema(file)
    assert verdict.returncode != 0 and "colourMode" in verdict.stderr and "colorMode" in verdict.stderr


def test_dashboards_can_be_told_apart():
    assert set(DASHBOARDS) == {"overview", "shop", "stores", "runtime"}
    assert len({one["uid"] for one in DASHBOARDS.values()}) == len({one["title"] for one in DASHBOARDS.values()}) == len(DASHBOARDS)


@each_dashboard
def test_panels_have_numbers_of_their_own_and_do_not_overlap(name):
    placed = DASHBOARDS[name]["panels"]
    assert len({panel["id"] for panel in placed}) == len(placed)
    for panel in placed:
        where = panel["gridPos"]
        assert 0 <= where["x"] and 0 < where["w"] and where["x"] + where["w"] <= 24 and 0 < where["h"], panel["title"]
    for one, other in itertools.combinations(placed, 2):
        a, b = one["gridPos"], other["gridPos"]
        apart = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"] or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert apart, f"{one['title']} lies on {other['title']}"


@each_panel
def test_a_panel_answers_a_question_in_a_unit(name, panel):
    assert "?" in panel["description"]
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"] in UNITS
    values = [step["value"] for step in defaults["thresholds"]["steps"]]
    assert values[0] is None and values[1:] == sorted(values[1:])
    references = [target["refId"] for target in panel["targets"]]
    assert references and len(set(references)) == len(references)


@each_panel
def test_a_panel_asks_for_what_exists(name, panel):
    for expr in expressions(panel):
        assert metric_names.faults(expr) == [], expr


@each_panel
def test_a_legend_names_labels_that_the_query_keeps(name, panel):
    for target in panel["targets"]:
        kept = metric_names.groupings(target["expr"]) | {"service_name", "instance", "tw_loop_index"}
        assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= kept, target["expr"]


@each_panel
def test_a_panel_knows_its_variables_and_its_source(name, panel):
    declared = {one["name"] for one in DASHBOARDS[name]["templating"]["list"]} | BUILT_IN
    used = {variable for expr in expressions(panel) for variable in re.findall(r"\$\{?(\w+)", expr)}
    assert used <= declared
    sources = {panel["datasource"]["uid"]} | {target["datasource"]["uid"] for target in panel["targets"]}
    assert sources == {"${datasource}"}


@each_panel
def test_exemplars_are_asked_for_where_there_are_any(name, panel):
    for target in panel["targets"]:
        assert not target["exemplar"] or "_bucket{" in target["expr"], target["expr"]


@each_dashboard
def test_a_dashboard_has_a_source_a_service_and_an_interval_to_choose(name):
    chosen = {one["name"]: one["type"] for one in DASHBOARDS[name]["templating"]["list"]}
    assert chosen == {"datasource": "datasource", "service": "query", "interval": "interval"}


@pytest.mark.parametrize("peer", ["prometheus", "prometheus3"])
def test_prometheus_can_read_every_query(peer, tmp_path: pathlib.Path):
    queries = [expanded(expr) for _, panel in ALL_PANELS for expr in expressions(panel)]
    queries += [expanded(note["expr"]) for one in DASHBOARDS.values() for note in one["annotations"]["list"]]
    assert check(peer, queries, tmp_path).returncode == 0, check(peer, queries, tmp_path).stdout
    broken = [queries[0].replace(")", "", 1)]
    assert check(peer, broken, tmp_path).returncode != 0


def check(peer: str, queries: list[str], folder: pathlib.Path) -> subprocess.CompletedProcess:
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(queries)]
    file = folder / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    command = [folder_of(peer) / "promtool", "check", "rules", "--lint=none", file]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def test_sources_have_fixed_names_and_addresses_from_the_environment():
    assert {one["uid"]: one["url"] for one in SOURCES} == {
        "prometheus": "$PROMETHEUS_URL",
        "jaeger": "$JAEGER_URL",
        "loki": "$LOKI_URL",
    }
    assert [one["uid"] for one in SOURCES if one.get("isDefault")] == ["prometheus"]


def test_every_source_leads_to_the_next():
    to = {one["uid"]: one["jsonData"] for one in SOURCES}
    assert [one["datasourceUid"] for one in to["prometheus"]["exemplarTraceIdDestinations"]] == ["jaeger"]
    assert to["jaeger"]["tracesToLogsV2"]["datasourceUid"] == "loki"
    assert to["jaeger"]["tracesToMetrics"]["datasourceUid"] == "prometheus"
    assert [one["datasourceUid"] for one in to["loki"]["derivedFields"]] == ["jaeger"]
    for query in to["jaeger"]["tracesToMetrics"]["queries"]:
        assert metric_names.faults(query["query"].replace("$$__tags", 'service_name="a"')) == []


def test_grafana_finds_the_dashboards():
    provider = yaml.safe_load((GRAFANA / "provisioning/dashboards/tradewind.yaml").read_text())["providers"][0]
    assert provider["type"] == "file" and provider["options"]["path"] == "/etc/grafana/dashboards"


@each_dashboard
def test_the_guide_tells_what_a_dashboard_is_for(name):
    assert f"**{name.capitalize()}**" in GUIDE.read_text()
