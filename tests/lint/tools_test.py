"""What ./dev is made of: packages, format, progress, and the closing line of the test runner. Runs by lint_test.py."""

import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def dev(function, *arguments, stdin=""):
    """Runs one function of ./dev's parts."""
    script = "set -euo pipefail; for part in tools/dev/*.sh; do source $part; done; \"$@\""
    return subprocess.run(["bash", "-c", script, "dev", function, *arguments], cwd=ROOT, input=stdin, capture_output=True, text=True)


class ShellAndFormat(unittest.TestCase):
    def test_shellcheck_objects(self):
        run = subprocess.run(["shellcheck", "-"], input="#!/bin/bash\nrm -rf $1/*\n", capture_output=True, text=True)
        self.assertNotEqual(run.returncode, 0)

    def test_clang_format_objects(self):
        command = ["clang-format-19", "--dry-run", "--Werror", "--assume-filename", str(ROOT / "kit/x.cpp")]
        self.assertNotEqual(subprocess.run(command, input=b"int  x ;\n", capture_output=True).returncode, 0)
        self.assertEqual(subprocess.run(command, input=b"int x;\n", capture_output=True).returncode, 0)

    def test_an_unknown_set_of_packages_is_refused(self):
        run = dev("ensure_packages", "nonsense")
        self.assertEqual(run.returncode, 1)
        self.assertIn("no set of packages", run.stderr)

    def test_progress_shows_errors_and_hides_what_is_quick(self):
        run = dev("show_progress", stdin="[1/9] a\n-- Configuring done\n[2/9] b\nerror: x\nninja: no work to do.\n")
        self.assertEqual((run.stdout, run.stderr), ("error: x\n", ""))


class LintRules(unittest.TestCase):
    def test_a_rule_that_there_is_not_is_refused_and_the_rules_are_named(self):
        run = dev("run_lint", "nonsense")
        self.assertEqual(run.returncode, 1)
        self.assertIn("no rule 'nonsense'", run.stderr)
        self.assertIn("arrows", run.stderr)


class Backports(unittest.TestCase):
    """The machine's own mirror, whichever way its sources are written."""

    def derive(self, name, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, name)
            path.write_text(text)
            command = ["awk", "-v", "codename=bookworm", "-f", str(ROOT / "tools/dev/backports.awk"), str(path)]
            return subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout

    def source(self, uri, *fields):
        return "\n".join(["Types: deb", f"URIs: {uri}", "Suites: bookworm-backports", "Components: main", *fields, ""])

    def test_one_line_with_options(self):
        text = (
            "deb http://m.test/debian-security bookworm-security main\n"
            "deb-src http://s.test/debian bookworm main\n"
            "deb [ arch=amd64,arm64 signed-by=/k.gpg ] http://m.test/debian bookworm main contrib\n"
        )
        self.assertEqual(
            self.derive("sources.list", text),
            self.source("http://m.test/debian", "Architectures: amd64 arm64", "Signed-By: /k.gpg"),
        )

    def test_one_line_without_options(self):
        text = "# deb http://no.test/debian bookworm main\ndeb cdrom:[Debian]/ bookworm main\ndeb http://m.test/debian bookworm main\n"
        self.assertEqual(self.derive("debian.list", text), self.source("http://m.test/debian"))

    def test_deb822(self):
        text = (
            "Types: deb\nURIs: http://m.test/security\nSuites: bookworm-security\nSigned-By: /k.gpg\n\n"
            "Enabled: no\nTypes: deb\nURIs: http://off.test/debian\nSuites: bookworm\n\n"
            "# ours\nTypes: deb deb-src\nURIs: http://m.test/debian\nSuites: bookworm bookworm-updates\nSigned-By: /k.gpg\n"
        )
        self.assertEqual(self.derive("debian.sources", text), self.source("http://m.test/debian", "Signed-By: /k.gpg"))

    def test_deb822_with_the_key_inside(self):
        key = "Signed-By:\n -----BEGIN-----\n .\n mQ\n -----END-----\n"
        found = self.derive("debian.sources", f"Types: deb\nURIs: http://m.test/d\nSuites: bookworm\n{key}")
        self.assertIn("Signed-By: \n -----BEGIN-----\n .\n mQ\n -----END-----\n", found)

    def test_another_release_offers_nothing(self):
        self.assertEqual(self.derive("sources.list", "deb http://m.test/debian trixie main\n"), "")


class Counting(unittest.TestCase):
    """The closing line of the test runner."""

    CTEST = '<testsuite><testcase name="unit.a" status="{}"/><testcase name="install" status="run"/></testsuite>'
    TESTS = '{"tests": [{"name": "unit.a", "command": ["/b/a_test"]}, {"name": "install", "command": ["bash"]}]}'
    CASES = '<testsuites><testsuite><testcase name="x" status="run"/><testcase name="y" status="run">{}</testcase></testsuite></testsuites>'

    def tally(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
            run = subprocess.run([ROOT / "tools/dev/tally.py", folder], capture_output=True, text=True)
            self.lines = run.stdout.splitlines()
        return run.returncode, self.lines[-1]

    def said(self, files):
        self.tally(files)
        return self.lines

    def test_cases_are_counted_and_programs_without_cases_count_as_one(self):
        files = {"ctest.xml": self.CTEST.format("run"), "tests.json": self.TESTS, "googletest/a_test.xml": self.CASES.format("")}
        self.assertEqual(self.tally({**files, "exit_code": "0"}), (0, "3 passed, 0 failed"))

    def test_a_failed_case_is_counted(self):
        cases = self.CASES.format('<failure message="no"/>')
        files = {"ctest.xml": self.CTEST.format("fail"), "tests.json": self.TESTS, "googletest/a_test.xml": cases}
        self.assertEqual(self.tally({**files, "exit_code": "8"}), (1, "2 passed, 1 failed"))

    def test_a_program_that_crashed_is_counted(self):
        files = {"ctest.xml": self.CTEST.format("fail"), "tests.json": self.TESTS, "exit_code": "8"}
        self.assertEqual(self.tally(files), (1, "1 passed, 1 failed"))

    def test_a_program_that_fails_after_its_cases_is_counted(self):
        files = {"ctest.xml": self.CTEST.format("fail"), "tests.json": self.TESTS, "googletest/a_test.xml": self.CASES.format("")}
        self.assertEqual(self.tally({**files, "exit_code": "8"}), (1, "3 passed, 1 failed"))

    def test_what_was_not_run_is_told_with_its_reason_before_the_closing_line(self):
        pytest = """<testsuite><testcase name="a"/><testcase name="b"><skipped message="mounts are not allowed here"/></testcase>
                    <testcase name="c"><skipped message="mounts are not allowed here">tests/x.py:1: mounts</skipped></testcase></testsuite>"""
        gtest = """<testsuite><testcase name="d" status="run"><skipped message="/src/a_test.cpp:7&#x0A;no IPv6&#x0A;"/></testcase></testsuite>"""
        with self.subTest("pytest"):
            lines = self.said({"pytest.xml": pytest, "exit_code": "0"})
            self.assertEqual(lines, ["not run: 2 tests: mounts are not allowed here", "1 passed, 0 failed"])
        with self.subTest("GoogleTest"):
            files = {"ctest.xml": self.CTEST.format("run"), "tests.json": self.TESTS, "googletest/a_test.xml": gtest, "exit_code": "0"}
            self.assertEqual(self.said(files), ["not run: 1 test: no IPv6", "1 passed, 0 failed"])

    def test_a_run_without_a_report_fails(self):
        self.assertEqual(self.tally({"exit_code": "2"}), (1, "0 passed, 1 failed"))

    def test_a_run_without_tests_fails(self):
        self.assertEqual(self.tally({"exit_code": "0"}), (1, "0 passed, 0 failed"))
