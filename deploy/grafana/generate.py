"""Writes dashboards/*.json, which Grafana 11 and 12 load as they are:

    python3 deploy/grafana/generate.py

What a dashboard shows stands in generator/<dashboard>.py; panels are numbered and laid out here. The JSON is kept under version
control, for it is what gets deployed and what a review should see; a test makes it anew and compares."""

import json
import pathlib

from generator import overview, runtime, shop, stores

FOLDER = pathlib.Path(__file__).resolve().parent / "dashboards"


def render() -> dict[str, str]:
    """File names and what is in them."""
    made = [module.dashboard() for module in (overview, shop, stores, runtime)]
    return {one["uid"].removeprefix("tradewind-") + ".json": json.dumps(one, indent=2, ensure_ascii=False) + "\n" for one in made}


if __name__ == "__main__":
    for name, text in render().items():
        (FOLDER / name).write_text(text)
