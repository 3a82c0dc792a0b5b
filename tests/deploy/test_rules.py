"""Prometheus' configuration and rules, as Prometheus' own tool sees them, in the version of Debian and in 3.x."""

import json
import pathlib
import re
import shutil
import subprocess

import metric_names
import pytest
import yaml
from harness.process import run
from rig.program import folder_of

PROMETHEUS = metric_names.ROOT / "deploy/prometheus"
RUNBOOK = metric_names.ROOT / "docs/guide/runbook.md"
GUIDE = metric_names.ROOT / "docs/guide/observe.md"
TESTS = [yaml.safe_load(file.read_text()) for file in sorted((PROMETHEUS / "tests").glob("*.yml"))]
GROUPS = [group for file in sorted((PROMETHEUS / "rules").glob("*.yml")) for group in yaml.safe_load(file.read_text())["groups"]]
RULES = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = [rule for rule in RULES if "alert" in rule]
NAMES = sorted({rule["alert"] for rule in ALERTS})

both_versions = pytest.mark.parametrize("peer", ["prometheus", "prometheus3"])
each_alert = pytest.mark.parametrize("alert", ALERTS, ids=lambda rule: f"{rule['alert']}-{rule['labels']['severity']}")


def promtool(peer: str, *arguments) -> subprocess.CompletedProcess:
    command = [folder_of(peer) / "promtool", *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


@pytest.fixture
def installed(tmp_path) -> pathlib.Path:
    """The folder as it is deployed: beside targets/ with an address for every job."""
    folder = tmp_path / "prometheus"
    shutil.copytree(PROMETHEUS, folder)
    (folder / "targets").mkdir(exist_ok=True)
    ours = [{"targets": ["127.0.0.1:9464"], "labels": {"job": "tradewind", "module": "order"}}]
    jobs = {"otel-collector": 8888, "otel-metrics": 8889}
    collector = [{"targets": [f"127.0.0.1:{port}"], "labels": {"job": job}} for job, port in jobs.items()]
    (folder / "targets/tradewind.yaml").write_text(json.dumps(ours))
    (folder / "targets/collector.yaml").write_text(json.dumps(collector))
    return folder


@both_versions
def test_the_configuration_is_accepted_without_a_warning(peer, installed):
    verdict = promtool(peer, "check", "config", installed / "prometheus.yml")
    assert verdict.returncode == 0 and not re.search("WARN|FAIL", verdict.stdout), verdict.stdout


@both_versions
def test_the_rules_do_what_their_tests_say(peer):
    verdict = promtool(peer, "test", "rules", *sorted((PROMETHEUS / "tests").glob("*.yml")))
    assert verdict.returncode == 0, verdict.stdout


@pytest.mark.parametrize(("instead", "what"), [("vector(0) > 1", "never fires"), ("vector(1)", "always fires")])
def test_an_alert_that_is_broken_fails_its_tests(instead, what, installed):
    file = installed / "rules/alerts.yml"
    rules = yaml.safe_load(file.read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            rule["expr"] = instead
    file.write_text(yaml.safe_dump(rules))
    verdict = promtool("prometheus", "test", "rules", *sorted((installed / "tests").glob("*.yml")))
    assert verdict.returncode != 0
    assert set(re.findall(r"alertname: (\w+)", verdict.stdout)) == set(NAMES), f"not noticed when it {what}"


@pytest.mark.parametrize("name", NAMES)
def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_is_silent(name):
    cases = [case for file in TESTS for one in file["tests"] for case in one.get("alert_rule_test", []) if case["alertname"] == name]
    assert {bool(case["exp_alerts"]) for case in cases} == {True, False}


@each_alert
def test_an_alert_says_what_is_wrong_how_much_and_where_to_read_on(alert):
    assert alert["labels"]["severity"] in ("page", "ticket")
    annotations = alert["annotations"]
    assert set(annotations) == {"summary", "description", "runbook_url"}
    assert "$value" in annotations["description"]
    assert annotations["runbook_url"] == f"{RUNBOOK.relative_to(metric_names.ROOT)}#{alert['alert'].lower()}"


# Sections of the runbook that are for no single alert.
FOR_ALL = {"How to ask", "What no alert watches"}


def sections() -> dict[str, str]:
    """The runbook's sections by their headings."""
    parts = re.split(r"^## (.+)$", RUNBOOK.read_text(), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_the_runbook_has_a_section_for_each_alert_in_their_order_and_no_other():
    assert [title for title in sections() if title not in FOR_ALL] == list(dict.fromkeys(rule["alert"] for rule in ALERTS))


@pytest.mark.parametrize("name", NAMES)
def test_a_section_says_what_it_means_where_to_look_and_what_to_do(name):
    assert re.findall(r"^\*(\w+)\*", sections()[name], re.MULTILINE) == ["Means", "Look", "Do"]


def panels() -> set[str]:
    dashboards = [json.loads(file.read_text()) for file in (metric_names.ROOT / "deploy/grafana/dashboards").glob("*.json")]
    return {panel["title"] for dashboard in dashboards for panel in dashboard["panels"]}


def test_the_panels_that_the_runbook_points_to_are_there():
    emphasised = re.findall(r"(?<!\*)\*(\w[^*]*)\*(?!\*)", RUNBOOK.read_text())
    assert {" ".join(words.split()) for words in emphasised} - {"Means", "Look", "Do", "Explore"} <= panels()


def test_the_events_and_settings_that_the_runbook_names_are_there(tmp_path):
    events = {one["event"] for one in yaml.safe_load(metric_names.CONTRACT.read_text())["logs"]}
    settings = run("config", "show", folder=tmp_path).stdout
    named = set(re.findall(r"`([a-z]+\.(?!yml)[a-z_]+)`", RUNBOOK.read_text()))
    assert len(named) > 5
    assert {name for name in named - events if not re.search(rf"^\s*{re.escape(name)}\b", settings, re.MULTILINE)} == set()


def test_the_guide_lists_every_alert_and_how_urgent_it_is():
    text = GUIDE.read_text()
    rows = dict(re.findall(r"^\| \[\w+\]\(runbook\.md#(\w+)\) \| (.+) \|$", text, re.MULTILINE))
    assert list(rows) == list(dict.fromkeys(rule["alert"].lower() for rule in ALERTS))
    for alert in ALERTS:
        assert alert["labels"]["severity"] in rows[alert["alert"].lower()], alert["alert"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("record") or rule["alert"])
def test_a_rule_asks_for_what_exists(rule):
    assert metric_names.faults(rule["expr"]) == []


def test_a_name_or_a_label_that_is_misspelt_is_found():
    assert metric_names.faults("sum(rate(shop_orders_create_total[5m]))") == ["there is no series shop_orders_create_total"]
    assert metric_names.faults('up{jop="tradewind"} == 0') == ["up has no label jop"]
    assert metric_names.faults("sum by (rout) (up)") == ["nothing has the label rout to group by"]


def test_what_is_scraped_and_collected_is_counted_once():
    """Every series of ours that a rule reads is the scraped one."""
    for rule in RULES:
        for name, matchers in re.findall(r"(\w+)\{([^}]*)\}", rule["expr"]):
            if not name.startswith(("up", "otelcol_", "traces_")):
                assert 'job="tradewind"' in matchers, rule["expr"]


def test_a_window_holds_four_scrapes():
    scrape = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["global"]["scrape_interval"]
    seconds = {"s": 1, "m": 60, "h": 3600}
    windows = {int(number) * seconds[unit] for rule in RULES for number, unit in re.findall(r"\[(\d+)([smh])\]", rule["expr"])}
    assert windows and min(windows) >= 4 * int(scrape.removesuffix("s"))
