"""Draws the answers of a run as SVG: how many a second were served and refused, and how long the served ones took."""

import collections
import pathlib
import statistics

WIDTH, HEIGHT, LEFT, TOP, GAP = 760, 190, 60, 40, 60
SERVED, REFUSED, PAID, LINE = "#1a7f5a", "#c0392b", "#2c5aa0", "#888888"


def by_second(answers, begun: float) -> dict[int, list]:
    seconds = collections.defaultdict(list)
    for answer in answers:
        seconds[int(answer.meant - begun)].append(answer)
    return seconds


def path(points: list[tuple[float, float]], seconds: int, most: float, top: float, colour: str) -> str:
    scaled = [(LEFT + x / seconds * WIDTH, top + HEIGHT - min(1.0, y / most) * HEIGHT) for x, y in points]
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in scaled)
    return f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{text}"/>'


def frame(top: float, most: float, unit: str, seconds: int) -> list[str]:
    parts = [f'<rect x="{LEFT}" y="{top}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="{LINE}"/>']
    parts.append(f'<text x="{LEFT - 6}" y="{top + 10}" text-anchor="end">{most:.0f}</text>')
    parts.append(f'<text x="{LEFT - 6}" y="{top + HEIGHT}" text-anchor="end">0</text>')
    parts.append(f'<text x="{LEFT + WIDTH}" y="{top + HEIGHT + 16}" text-anchor="end">{seconds} s</text>')
    parts.append(f'<text x="{LEFT}" y="{top - 8}">{unit}</text>')
    return parts


def draw(file: pathlib.Path, answers: list, options, capacity: float):
    begun = min(answer.meant for answer in answers)
    seconds = by_second(answers, begun)
    last = max(seconds) + 1

    def counted(wanted) -> list[tuple[float, float]]:
        return [(second, sum(wanted(answer) for answer in seconds[second])) for second in range(last)]

    def median_ms(kinds) -> list[tuple[float, float]]:
        values = [(s, [a.took * 1000 for a in seconds[s] if a.status == 200 and a.kind in kinds]) for s in range(last)]
        return [(second, statistics.median(took)) for second, took in values if took]

    orders = ("order", "after")
    lines = {
        f"orders served a second (capacity {capacity:.0f})": (counted(lambda a: a.status == 200 and a.kind in orders), SERVED),
        "payments served a second": (counted(lambda a: a.status == 200 and a.kind == "payment"), PAID),
    }
    most = max(1.5 * capacity, *(y for points, _ in lines.values() for _, y in points))
    parts = frame(TOP, most, "; ".join(lines) + f"; load {options.factor:g} times the capacity until {options.seconds:g} s", last)
    parts += [path(points, last, most, TOP, colour) for points, colour in lines.values()]
    below = TOP + HEIGHT + GAP
    took, paid = median_ms(orders), median_ms(("payment",))
    most = max([y for _, y in took + paid] or [1])
    parts += frame(below, most, "median latency of served orders (green) and payments (blue), ms", last)
    parts += [path(took, last, most, below, SERVED), path(paid, last, most, below, PAID)]
    size = f'width="{LEFT + WIDTH + 20}" height="{below + HEIGHT + 30}"'
    file.parent.mkdir(parents=True, exist_ok=True)
    body = "\n".join(parts)
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n'
    )
