"""What the operations port tells Prometheus, read by Prometheus' own parser."""

import httpx
from prometheus_client.openmetrics import parser as openmetrics_parser

from harness.system import ONE, SERVICES

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def scrape(system, module: str, accept: str = "", **headers) -> httpx.Response:
    answer = httpx.get(system.ops_url(module) + "/metrics", headers={"accept": accept} | headers, timeout=10, trust_env=False)
    assert answer.status_code == 200, answer.text
    return answer


class Series:
    """All samples of the product, whichever process they come from."""

    def __init__(self, system):
        modules = ["gateway"] if system.placement == ONE else [*SERVICES, "gateway"]
        self.families = []
        for module in modules:
            self.families += openmetrics_parser.text_string_to_metric_families(scrape(system, module, OPENMETRICS).text)

    def find(self, name: str, **labels) -> list:
        samples = [sample for family in self.families for sample in family.samples if sample.name == name]
        return [sample for sample in samples if labels.items() <= sample.labels.items()]

    def value(self, name: str, **labels) -> float:
        found = self.find(name, **labels)
        assert found, f"no {name} with {labels}"
        return sum(sample.value for sample in found)

    def traces(self, name: str, **labels) -> set[str]:
        return {sample.exemplar.labels["trace_id"] for sample in self.find(name + "_bucket", **labels) if sample.exemplar}
