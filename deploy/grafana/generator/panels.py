"""Panels: each answers one question, which is its description. Units are Grafana's: s, reqps, percentunit, bytes, short."""

from dataclasses import dataclass, field

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Of the scraped series; what the collector exports beside them is left out (see deploy/prometheus/prometheus.yml).
OURS = 'job="tradewind",service_name=~"$service"'


@dataclass(frozen=True)
class Query:
    expr: str
    legend: str = ""
    # Whether the points of single requests are drawn, each of which leads to its trace. Only queries of a histogram have any.
    exemplars: bool = False


@dataclass(frozen=True)
class Panel:
    title: str
    question: str
    queries: list[Query]
    unit: str = "short"
    kind: str = "timeseries"
    # Where the colour changes: (value, colour), the first of them from the lowest value on.
    steps: list[tuple[float | None, str]] = field(default_factory=lambda: [(None, "green")])
    width: int = 12
    height: int = 8
    stacked: bool = False
    # What single values are called.
    names: dict[str, str] = field(default_factory=dict)

    def as_json(self, number: int, x: int, y: int) -> dict:
        make = {"timeseries": _time_series, "stat": _stat, "table": _table}[self.kind]
        shared = {
            "id": number,
            "type": self.kind,
            "title": self.title,
            "description": self.question,
            "datasource": DATASOURCE,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "targets": [self._target(ref, query) for ref, query in zip("ABCDEFGH", self.queries, strict=False)],
        }
        return shared | make(self)

    def _target(self, ref: str, query: Query) -> dict:
        once = self.kind == "table"
        return {
            "refId": ref,
            "datasource": DATASOURCE,
            "editorMode": "code",
            "expr": query.expr,
            "legendFormat": query.legend or "__auto",
            "range": not once,
            "instant": once,
            "format": "table" if once else "time_series",
            "exemplar": query.exemplars,
        }

    def defaults(self) -> dict:
        steps = [{"value": value, "color": color} for value, color in self.steps]
        return {
            "unit": self.unit,
            "min": 0 if self.unit != "dtdurations" else None,
            "thresholds": {"mode": "absolute", "steps": steps},
            "mappings": [
                {"type": "special", "options": {"match": match, "result": {"text": text, "index": 0}}}
                if match == "nan"
                else {"type": "value", "options": {match: {"text": text, "index": 0}}}
                for match, text in self.names.items()
            ],
        }


def stat(title: str, question: str, expr: str, **more) -> Panel:
    return Panel(title, question, [Query(expr, title)], kind="stat", **({"width": 4, "height": 4} | more))


def _time_series(panel: Panel) -> dict:
    has_threshold = len(panel.steps) > 1
    custom = {
        "drawStyle": "line",
        "lineWidth": 1,
        "fillOpacity": 25 if panel.stacked else 8,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "line" if has_threshold else "off"},
    }
    return {
        "fieldConfig": {"defaults": panel.defaults() | {"color": {"mode": "palette-classic"}, "custom": custom}, "overrides": []},
        "options": {
            "legend": {"displayMode": "table", "placement": "bottom", "showLegend": True, "calcs": ["lastNotNull", "max"]},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
    }


def _stat(panel: Panel) -> dict:
    return {
        "fieldConfig": {"defaults": panel.defaults() | {"color": {"mode": "thresholds"}}, "overrides": []},
        "options": {
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "colorMode": "value",
            "graphMode": "area",
            "textMode": "auto",
            "justifyMode": "auto",
            "orientation": "auto",
            "wideLayout": True,
            "showPercentChange": False,
            "percentChangeColorMode": "standard",
        },
    }


def _table(panel: Panel) -> dict:
    return {
        "fieldConfig": {"defaults": panel.defaults() | {"custom": {"align": "auto", "inspect": False}}, "overrides": []},
        "options": {"frameIndex": 0, "showHeader": True, "cellHeight": "sm", "sortBy": [{"displayName": "Value", "desc": True}]},
        "transformations": [{"id": "organize", "options": {"excludeByName": {"Time": True}, "indexByName": {}, "renameByName": {}}}],
    }
