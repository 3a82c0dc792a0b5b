"""What the policies cost one read of a user: who calls, whether it may, limits, overload, fields of answers.

usage: ./dev bench policies [--repetitions N] [--seconds N] [--connections N]

Compares two `tradewind up` in turn: one with an issuer, whose requests have a token, and everything on; and one in which everything that
can be is off and whose requests have as many bytes, but no token. Needs wrk and the release build. Exit code 1 when the budget is missed.
"""

import contextlib
import pathlib
import sys
import tempfile

from measure import in_turn, read_options, row
from served import ROOT, Server, create_user, stopped_at_end

sys.path.insert(0, str(ROOT / "tests/e2e"))
from harness.tokens import Issuer  # noqa: E402

RATIO_MAX = 1.05
OFF = {
    "TRADEWIND_HTTP_REQUESTS_PER_SECOND_MAX": "0",
    "TRADEWIND_HTTP_SECURITY_HEADERS": "off",
    "TRADEWIND_HTTP_GZIP_BYTES_MIN": "0",
    "TRADEWIND_RPC_ADAPTIVE_LIMIT": "false",
    "TRADEWIND_RPC_DEADLINE_BUDGET": "false",
}


def measure(folder: pathlib.Path, options) -> dict:
    issuer = Issuer(folder / "issuer")
    token = issuer.token("benchmark", "support", "operator")
    with contextlib.ExitStack() as stack:

        def served(name: str, env: dict[str, str]) -> Server:
            (folder / name).mkdir()
            return stack.enter_context(stopped_at_end(Server(folder / name, env)))

        every, none = served("all", issuer.settings()), served("none", OFF)
        field = f"Bearer {token}"
        where = {
            "all": (every, f"{every.url}/api/users/{create_user(every.url, token)}", {"TW_AUTHORIZATION": field}),
            "none": (none, f"{none.url}/api/users/{create_user(none.url)}", {"TW_FILLER": field}),
        }
        return in_turn(where, options)


def main():
    options = read_options(__doc__.splitlines()[0], repetitions=9, seconds=3)
    with tempfile.TemporaryDirectory(prefix="tradewind-bench-") as folder:
        results = measure(pathlib.Path(folder), options)
    for name, numbers in results.items():
        row(f"GET user, CPU: {name} policies", numbers["cpu_us"], "µs")
    ratio = results["all"]["cpu_us"]["median"] / results["none"]["cpu_us"]["median"]
    missed = ratio > RATIO_MAX
    print(f"{'MISS' if missed else 'ok  '} ratio {ratio:.3f}  budget <= {RATIO_MAX:g}")
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
