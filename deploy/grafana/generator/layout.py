"""A dashboard of rows of panels: variables, numbers, places on the grid, links to the others."""

from dataclasses import dataclass

from generator.panels import DATASOURCE, Panel

COLUMNS = 24
ROW_HEIGHT = 1
# What Grafana 11 writes; later ones read it and bring it up to date.
SCHEMA_VERSION = 39
TAG = "tradewind"


@dataclass(frozen=True)
class Row:
    title: str
    panels: list[Panel]


def dashboard(name: str, title: str, description: str, rows: list[Row]) -> dict:
    return {
        "uid": f"tradewind-{name}",
        "title": f"Tradewind / {title}",
        "description": description,
        "tags": [TAG],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "time": {"from": "now-1h", "to": "now"},
        "refresh": "30s",
        "timezone": "browser",
        "annotations": {"list": [_restarts()]},
        "links": [_others()],
        "templating": {"list": [_datasource(), _service(), _interval()]},
        "panels": _placed(rows),
    }


def _placed(rows: list[Row]) -> list[dict]:
    """Panels from left to right, and below where the line is full; those of a line start at the same height."""
    placed, number, top = [], 0, 0
    for row in rows:
        number += 1
        where = {"x": 0, "y": top, "w": COLUMNS, "h": ROW_HEIGHT}
        placed.append({"id": number, "type": "row", "title": row.title, "collapsed": False, "gridPos": where, "panels": []})
        top += ROW_HEIGHT
        left, lowest = 0, top
        for panel in row.panels:
            if left + panel.width > COLUMNS:
                left, top = 0, lowest
            number += 1
            placed.append(panel.as_json(number, left, top))
            left += panel.width
            lowest = max(lowest, top + panel.height)
        top = lowest
    return placed


def _datasource() -> dict:
    chosen = {"text": "Prometheus", "value": "prometheus"}
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "current": chosen, "hide": 0}


def _service() -> dict:
    query = 'label_values(target_info{job="tradewind"}, service_name)'
    return {
        "name": "service",
        "label": "Service",
        "description": "A module's service.name; tradewind is a process of several modules.",
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"qryType": 1, "query": query, "refId": "service"},
        "definition": query,
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def _interval() -> dict:
    """Not below a minute: four scrapes, with which a rate survives one that was missed."""
    lengths = ("1m", "5m", "15m", "1h")
    return {
        "name": "interval",
        "label": "Rates over",
        "type": "interval",
        "query": ",".join(lengths),
        "auto": False,
        "current": {"text": "5m", "value": "5m"},
        "options": [{"text": one, "value": one, "selected": one == "5m"} for one in lengths],
    }


def _others() -> dict:
    """Links to the other dashboards, which keep the time and what was chosen."""
    return {
        "type": "dashboards",
        "title": "Tradewind",
        "tags": [TAG],
        "icon": "dashboard",
        "tooltip": "",
        "asDropdown": False,
        "targetBlank": False,
        "keepTime": True,
        "includeVars": True,
    }


def _restarts() -> dict:
    return {
        "name": "Restarts",
        "datasource": DATASOURCE,
        "enable": True,
        "iconColor": "purple",
        "expr": 'resets(process_uptime_seconds{job="tradewind",service_name=~"$service"}[1m]) > 0',
        "titleFormat": "{{service_name}} started",
        "textFormat": "{{instance}}",
    }
