"""Prometheus' configuration and rules, as Prometheus' own tool sees them, in the version of Debian and in 3.x."""

import json
import pathlib
import re
import shutil
import subprocess

import metric_names
import pytest
import yaml
from rig.program import folder_of

PROMETHEUS = metric_names.ROOT / "deploy/prometheus"
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
    page, anchor = annotations["runbook_url"].split("#")
    assert metric_names.ROOT / page == GUIDE
    assert anchor == alert["alert"].lower()
    assert anchor in headings()


def headings() -> set[str]:
    """The anchors of the guide's headings; those of alerts are a single word."""
    return {line.lstrip("# ").lower() for line in GUIDE.read_text().splitlines() if line.startswith("#")}


def test_the_guide_speaks_of_no_alert_that_is_gone():
    text = GUIDE.read_text()
    assert re.findall(r"^### (\w+)$", text, re.MULTILINE) == list(dict.fromkeys(rule["alert"] for rule in ALERTS))


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
