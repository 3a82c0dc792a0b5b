#!/usr/bin/env python3
"""Makes one wrong change at a time in a copy of this tree and sees whether the unit tests of the same library notice.

The changes are listed in tests/mutations/*.toml. Each names a file, the text that stands there once, what takes its place, and
what is wrong then. A change is killed when a test fails, crashes or hangs; it survives when all pass. Survivors are printed as
they are found, each a test to be written. This checkout is not touched: the copies lie in build/mutate.
"""

import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import queue
import signal
import subprocess
import sys
import threading
import time
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "mutations"
COPIES = ROOT / "build" / "mutate"
# What a whole test program may take. The slowest one takes a quarter of it on two busy cores.
TEST_SECONDS_MAX = 240
BUILD_SECONDS_MAX = 1800
KILLED_SHARE_MIN = 0.9


@dataclasses.dataclass(frozen=True)
class Mutation:
    file: str
    old: str
    new: str
    change: str
    target: str

    def __str__(self):
        return f"{self.file}: {self.change}"


class Wrong(Exception):
    """Something that makes the run itself impossible, in words for whoever started it."""


def target_of(file):
    """The program with the unit tests of the library that `file` is part of."""
    parts = pathlib.PurePath(file).parts
    if parts[0] == "kit" and len(parts) > 2:
        return f"{parts[1]}_test"
    if parts[0] == "services" and len(parts) > 2:
        return f"{parts[1]}_test" if parts[1] == "mapping" else f"{parts[1]}_service_test"
    if parts[0] == "apps" and len(parts) > 2:
        return f"{parts[1]}_test"
    if parts[0] == "codegen":
        return "codegen_test"
    raise Wrong(f"{file}: no unit tests are known for it; a change belongs into kit/, services/, apps/ or codegen/")


def read_mutations(folder=FOLDER):
    mutations = []
    for path in sorted(folder.glob("*.toml")):
        try:
            entries = tomllib.loads(path.read_text())["mutation"]
        except (tomllib.TOMLDecodeError, KeyError) as error:
            raise Wrong(f"{path.name}: {error}") from error
        for entry in entries:
            unknown = set(entry) - {"file", "old", "new", "change"}
            missing = {"file", "old", "new", "change"} - set(entry)
            if unknown or missing:
                raise Wrong(f"{path.name}: an entry has unknown keys {sorted(unknown)} or lacks {sorted(missing)}: {entry}")
            mutations.append(Mutation(**entry, target=target_of(entry["file"])))
    return mutations


def stale(mutation, root=ROOT):
    """Why the change cannot be made in the tree at `root`; nothing where it can."""
    path = root / mutation.file
    if not path.is_file():
        return "there is no such file"
    count = path.read_text().count(mutation.old)
    if count != 1:
        return f"the text to be replaced stands there {count} times, not once: {mutation.old!r}"
    if mutation.old == mutation.new:
        return "the change changes nothing"
    return None


class Copy:
    """A copy of the tree with a build folder of its own. One thread uses it at a time.

    Each file is compiled alone, so that a change compiles one file. With `unity`, files are compiled together as in the release,
    whose objects the compiler cache may still have."""

    def __init__(self, number, jobs, unity=False):
        self.unity = unity
        self.root = COPIES / (f"{number}-unity" if unity else str(number))
        self.build = self.root / "build" / "release"
        self.jobs = jobs

    def prepare(self):
        self.root.mkdir(parents=True, exist_ok=True)
        listed = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
        wanted = {name for name in listed if name and (ROOT / name).is_file()}
        for name in wanted:
            source, copy = ROOT / name, self.root / name
            text = source.read_bytes()
            if copy.is_file() and copy.read_bytes() == text:
                continue
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(text)
            copy.chmod(source.stat().st_mode)
        for path in list(self.root.rglob("*")):
            relative = path.relative_to(self.root)
            if relative.parts[0] != "build" and path.is_file() and str(relative) not in wanted:
                path.unlink()
        if not (self.build / "build.ninja").is_file():
            self.run(["cmake", "--preset", "release", f"-DTW_UNITY={'ON' if self.unity else 'OFF'}"], BUILD_SECONDS_MAX)

    def environment(self):
        return os.environ | {"CCACHE_BASEDIR": str(self.root), "CCACHE_NOHASHDIR": "1"}

    def run(self, command, seconds_max):
        """(exit code, what it printed); exit code None where it took too long. Ends its children too."""
        process = subprocess.Popen(command, cwd=self.root, env=self.environment(), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                   start_new_session=True)
        try:
            output, _ = process.communicate(timeout=seconds_max)
            return process.returncode, output
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            return None, output

    def make(self, target):
        return self.run(["ninja", "-C", str(self.build), "-j", str(self.jobs), target], BUILD_SECONDS_MAX)

    def test(self, target):
        return self.run([str(self.build / "bin" / target), "--gtest_brief=1", "--gtest_fail_fast"], TEST_SECONDS_MAX)

    def judge(self, mutation):
        """'killed', 'survived', or what went wrong with the change itself."""
        path = self.root / mutation.file
        original = path.read_text()
        path.write_text(original.replace(mutation.old, mutation.new))
        try:
            code, output = self.make(mutation.target)
            if code != 0:
                return "does not compile:\n" + "\n".join(output.splitlines()[-15:])
            code, output = self.test(mutation.target)
            return "survived" if code == 0 else "killed"
        finally:
            path.write_text(original)


class Run:
    def __init__(self, mutations, jobs):
        self.mutations = mutations
        workers = max(1, min(jobs, len(mutations)))
        self.copies = queue.SimpleQueue()
        for number in range(workers):
            self.copies.put(Copy(number, max(1, jobs // workers)))
        self.workers = workers
        self.lock = threading.Lock()
        self.outcomes = {}
        self.began = time.monotonic()

    def say(self, text):
        print(f"[{time.monotonic() - self.began:5.0f} s] {text}", flush=True)

    def prepare(self, copy):
        copy.prepare()
        for target in sorted({mutation.target for mutation in self.mutations}):
            code, output = copy.make(target)
            if code != 0:
                raise Wrong(f"{target} does not build without any change:\n{output[-2000:]}")

    def check_unchanged(self, copy):
        for target in sorted({mutation.target for mutation in self.mutations}):
            code, output = copy.test(target)
            if code != 0:
                raise Wrong(f"{target} fails without any change, exit code {code}:\n{output[-2000:]}")

    def one(self, mutation):
        copy = self.copies.get()
        try:
            outcome = copy.judge(mutation)
        finally:
            self.copies.put(copy)
        with self.lock:
            self.outcomes[mutation] = outcome
            if outcome != "killed":
                self.say(f"{outcome}: {mutation}")
            elif len(self.outcomes) % 10 == 0:
                self.say(f"{len(self.outcomes)} of {len(self.mutations)} done")

    def all(self):
        copies = [self.copies.get() for _ in range(self.workers)]
        self.say(f"building {self.workers} copies of the tree in build/mutate")
        for copy in copies:
            self.prepare(copy)
        self.say("running the tests once without any change")
        self.check_unchanged(copies[0])
        for copy in copies:
            self.copies.put(copy)
        with concurrent.futures.ThreadPoolExecutor(self.workers) as pool:
            # By target, so that what is built for one change serves the next.
            list(pool.map(self.one, sorted(self.mutations, key=lambda mutation: (mutation.target, mutation.file))))

    def report(self):
        killed = sum(outcome == "killed" for outcome in self.outcomes.values())
        survived = [mutation for mutation, outcome in self.outcomes.items() if outcome == "survived"]
        broken = len(self.outcomes) - killed - len(survived)
        for mutation in survived:
            print(f"survived: {mutation}")
        judged = killed + len(survived)
        share = killed / judged if judged else 0
        print(f"{killed} of {judged} changes were killed ({share:.1%}; at least {KILLED_SHARE_MIN:.0%} are asked for)"
              + (f", {broken} do not compile" if broken else ""))
        return 0 if share >= KILLED_SHARE_MIN and not broken else 1


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./dev mutate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", metavar="WORD", help="only changes whose file or sentence contains one of these words")
    parser.add_argument("--list", action="store_true", help="list the changes, and whether each still fits its file; run nothing")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N", help="copies that are tried at once (default: the processors)")
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        parser.error("--jobs takes a number from 1 on")
    return options


def main(arguments):
    options = parse(arguments)
    mutations = read_mutations()
    if options.words:
        mutations = [m for m in mutations if any(word in str(m) for word in options.words)]
    if not mutations:
        raise Wrong("no change is listed that these words fit; see ./dev mutate --list")
    reasons = {mutation: stale(mutation) for mutation in mutations}
    if options.list:
        for mutation, reason in reasons.items():
            print(f"{mutation}" + (f" (does not fit: {reason})" if reason else ""))
        print(f"{len(mutations)} changes")
    unfit = {mutation: reason for mutation, reason in reasons.items() if reason}
    if unfit:
        raise Wrong("these changes do not fit their files any more; change the list in tests/mutations:\n"
                    + "\n".join(f"{mutation}: {reason}" for mutation, reason in unfit.items()))
    if options.list:
        return 0
    run = Run(mutations, options.jobs)
    run.all()
    return run.report()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Wrong as wrong:
        print(f"mutate: {wrong}", file=sys.stderr)
        sys.exit(2)
