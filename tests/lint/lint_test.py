#!/usr/bin/env python3
"""Each rule of lint objects to what it is there for, and to nothing else. Runs by `./dev test lint`."""

import pathlib
import subprocess
import tempfile
import unittest

import arrows
import brand
import functions
import headers
import quotations
import reasons
import words
from contract_test import ContractOptions, ContractPage  # noqa: F401
from pages_test import DecisionsIndex, Pages, Services  # noqa: F401
from report import code_only
from statements_test import BothEngines, Guide, MigrationRules, StatementGrammar, StatementShards  # noqa: F401
from statements_texts_test import StatementTexts  # noqa: F401

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTRACTS = {"user", "order"}


class Brand(unittest.TestCase):
    def lines(self, text):
        return [line for line, _ in brand.objections_to(text)]

    def test_the_name_of_a_program_is_refused_in_code_and_in_comments(self):
        self.assertEqual(self.lines('auto a = "tradewind:";\n// TRADEWIND_HTTP_ADDRESS\nint b;\n'), [1, 2])

    def test_the_name_of_the_package_is_allowed(self):
        self.assertEqual(self.lines('#include "proto/tradewind/options.pb.h"\n// tradewind/options.proto, tradewind.Caller\n'), [])
        self.assertEqual(self.lines("auto rule = field.GetExtension(tradewind::field);\n"), [])


class Quotations(unittest.TestCase):
    SOURCE = "int one() {\n    return 1;\n}\n"

    def objections(self, page):
        return [text for _, _, text in quotations.objections_to("page.md", page, {"one.cpp": self.SOURCE}.get)]

    def test_what_stands_in_the_file_is_a_quotation(self):
        self.assertEqual(self.objections("```cpp one.cpp\nint one() {\n    return 1;\n}\n```\n"), [])
        self.assertEqual(self.objections("```cpp one.cpp\nreturn 1;\n```\n"), [])

    def test_what_does_not_is_refused(self):
        self.assertEqual(self.objections("```cpp one.cpp\nreturn 2;\n```\n"), ["this does not stand in one.cpp"])
        self.assertEqual(self.objections("```cpp two.cpp\nreturn 1;\n```\n"), ["there is no two.cpp to quote"])

    def test_code_that_names_no_file_is_no_quotation(self):
        self.assertEqual(self.objections("```cpp\nreturn 2;\n```\n"), [])


class Arrows(unittest.TestCase):
    def assert_refused(self, path, target):
        self.assertIsNotNone(arrows.objection(path, target, CONTRACTS), f"{path} may include {target}")

    def assert_allowed(self, path, target):
        self.assertIsNone(arrows.objection(path, target, CONTRACTS))

    def test_a_library_never_looks_up(self):
        self.assert_refused("kit/base/error.hpp", "kit/async/task.hpp")
        self.assert_refused("kit/net/socket.cpp", "kit/http/server.hpp")
        self.assert_refused("kit/sql/store.cpp", "kit/runtime/module.hpp")

    def test_a_library_never_looks_beside_itself(self):
        self.assert_refused("kit/http/server.cpp", "kit/rpc/channel.hpp")
        self.assert_refused("kit/cache/redis.cpp", "kit/sql/store.hpp")

    def test_a_library_may_look_down_and_skip_layers(self):
        self.assert_allowed("kit/http/server.cpp", "kit/base/error.hpp")
        self.assert_allowed("kit/runtime/host.cpp", "kit/rpc/channel.hpp")
        self.assert_allowed("kit/http/server.cpp", "kit/http/server.hpp")

    def test_a_library_without_a_layer_is_noticed(self):
        self.assert_refused("kit/novelty/thing.cpp", "kit/base/error.hpp")
        self.assert_refused("kit/http/server.cpp", "kit/novelty/thing.hpp")

    def test_a_room_of_a_library_looks_at_those_below_it_alone(self):
        self.assert_refused("kit/rpc/channel.hpp", "kit/rpc/target.hpp")
        self.assert_refused("kit/rpc/wire/grpc_wire.cpp", "kit/rpc/call/served_call.hpp")
        self.assert_refused("kit/rpc/server/server_call.cpp", "kit/rpc/target.hpp")
        self.assert_refused("kit/http/client.cpp", "kit/http/json_mapping.hpp")
        self.assert_refused("kit/sql/sqlite/writer.cpp", "kit/sql/postgres/pipelined_connection.hpp")
        self.assert_allowed("kit/rpc/server/server_call.cpp", "kit/rpc/wire/grpc_wire.hpp")
        self.assert_allowed("kit/rpc/server/server_call.cpp", "kit/rpc/server.hpp")
        self.assert_allowed("kit/rpc/network/network_call.cpp", "kit/rpc/channel.hpp")
        self.assert_allowed("kit/rpc/streaming_test.cpp", "kit/rpc/server.hpp")
        self.assert_allowed("kit/sql/store.cpp", "kit/sql/postgres/postgres_store.hpp")
        self.assert_allowed("kit/sql/postgres/pipelined_connection.cpp", "kit/sql/value.hpp")

    def test_a_room_is_private_to_its_library(self):
        self.assert_refused("kit/runtime/host/loop_module.cpp", "kit/rpc/wire/grpc_wire.hpp")
        self.assert_refused("services/gateway/gateway.cpp", "kit/rpc/wire/grpc_wire.hpp")
        self.assert_refused("services/gateway/gateway_test.cpp", "kit/rpc/wire/grpc_wire.hpp")
        self.assert_refused("apps/tradewind/main.cpp", "kit/runtime/host/process.hpp")
        self.assert_refused("tests/install/greeter/main.cpp", "kit/runtime/host/process.hpp")
        self.assert_allowed("kit/rpc/unary_exchange.cpp", "kit/rpc/wire/grpc_wire.hpp")
        self.assert_allowed("kit/simulation/network/network_test.cpp", "kit/rpc/standard/health_service.hpp")
        self.assert_allowed("apps/tradewind/main.cpp", "kit/runtime/program.hpp")

    def test_only_tests_use_the_fakes(self):
        self.assert_refused("kit/sql/store.cpp", "kit/testing/fake_clock.hpp")
        self.assert_allowed("kit/sql/store_test.cpp", "kit/testing/fake_clock.hpp")

    def test_the_fakes_see_everything_below_the_runtime(self):
        self.assert_allowed("kit/testing/temporary_store.hpp", "kit/sql/store.hpp")
        self.assert_refused("kit/testing/host.hpp", "kit/runtime/module.hpp")

    def test_kit_knows_no_business(self):
        self.assert_refused("kit/rpc/server.cpp", "services/user/module.hpp")
        self.assert_refused("kit/rpc/server.cpp", "apps/tradewind/main.hpp")
        self.assert_refused("kit/rpc/server.cpp", "user.pb.h")
        self.assert_refused("kit/rpc/server_test.cpp", "proto/order.tw.hpp")
        self.assert_allowed("kit/rpc/status.cpp", "proto/google/rpc/status.pb.h")

    def test_a_service_never_includes_another_one(self):
        self.assert_refused("services/order/order_service.cpp", "services/user/user_store.hpp")
        self.assert_refused("services/order/order_service.cpp", "apps/tradewind/main.hpp")
        self.assert_allowed("services/order/order_service.cpp", "proto/user.tw.hpp")
        self.assert_allowed("services/order/order_service.cpp", "services/order/order_store.hpp")
        self.assert_allowed("services/order/order_service.cpp", "services/mapping/money.hpp")

    def test_headers_do_not_expose_asio_and_beast(self):
        self.assert_refused("kit/http/server.hpp", "boost/beast/http/parser.hpp")
        self.assert_refused("kit/net/socket.hpp", "boost/asio/ip/tcp.hpp")
        self.assert_refused("services/user/user_service.cpp", "boost/asio.hpp")
        self.assert_allowed("kit/net/socket.cpp", "boost/asio/ip/tcp.hpp")
        self.assert_allowed("kit/async/event_loop.hpp", "boost/asio/io_context.hpp")

    def test_the_generator_knows_no_service(self):
        self.assert_refused("codegen/main.cpp", "services/user/module.hpp")

    def test_includes_are_found_however_they_are_spaced(self):
        lines = ["#include <vector>", '#  include "kit/async/task.hpp"', '// #include "kit/async/gate.hpp"']
        self.assertEqual([m and m.group(2) for m in map(arrows.INCLUDE.match, lines)], ["vector", "kit/async/task.hpp", None])


class Words(unittest.TestCase):
    def objections(self, text):
        return [(line, said) for line, said in sorted(words.objections_to(text))]

    def assert_refused(self, text, line, word):
        (found,) = self.objections(text)
        self.assertEqual(found[0], line)
        self.assertIn(word, found[1])

    def assert_allowed(self, text):
        self.assertEqual(self.objections(text), [])

    def test_a_metaphor_in_a_name_is_refused_with_its_replacement(self):
        self.assert_refused("struct HealthBoard {};\n", 1, "HealthRegistry")
        self.assert_refused("int x;\nint door_of_loop = 1;\n", 2, "mailbox")
        self.assert_refused("auto kSeats = 1;\n", 1, "LoopModule")
        self.assert_refused("LoopRoom loops;\n", 1, "LoopModules")
        self.assert_refused("struct Opening {};\n", 1, "FirstBytes")

    def test_a_metaphor_in_a_comment_is_refused(self):
        self.assert_refused("int x;\n/// Runs one errand.\n", 2, "task")
        self.assert_refused("int x;  // Errands of a loop.\n", 1, "task")

    def test_ordinary_words_and_literals_are_allowed(self):
        self.assert_allowed("/// There is room for 20 bytes.\nint dashboard = keyboards;\n")
        self.assert_allowed("/// Opening a file takes a tenth of a millisecond.\n")
        self.assert_allowed('auto text = "a door // Of wood";\n')

    def test_a_comment_that_leans_on_another_is_refused(self):
        self.assert_refused("/// Of the calls to come.\nint x;\n", 1, "'Of'")
        self.assert_refused("int x;\n\n    // Likewise.\n", 3, "'Likewise'")
        self.assert_refused("int x;  ///< And so is this.\n", 1, "'And'")
        self.assert_refused("int x;  // One.\n// The same for two.\nint y;\n", 2, "'The same'")

    def test_a_line_within_a_comment_may_begin_with_any_word(self):
        self.assert_allowed("/// The two ends of a connection share one buffer.\n/// And is a word of it. But so is\n/// Of.\n")
        self.assert_allowed("/// Often, offers and butter are fine.\n")

    def test_a_comment_is_100_columns_wide_at_most(self):
        line = "    /// " + "four " * 18 + "ab"
        self.assert_allowed(line + "\n")
        self.assert_refused(line + "c\n", 1, "101 columns")
        self.assert_allowed("int x;  // " + "four " * 20 + "\n")
        self.assert_allowed("// " + "x" * 120 + "\n")

    def test_only_the_folders_that_are_done_are_read(self):
        self.assertTrue(words.is_done("kit/base/error.hpp", ("kit/base",)))
        self.assertFalse(words.is_done("kit/based/error.hpp", ("kit/base",)))

    def test_every_folder_that_is_done_exists(self):
        for folder in words.DONE:
            self.assertTrue((ROOT / folder).is_dir(), folder)


class Reasons(unittest.TestCase):
    def objections(self, **files):
        named = {path.replace("__", "/") + ".cpp": text for path, text in files.items()}
        return sorted(reasons.objections_to(named))

    def test_a_reason_is_made_in_one_place(self):
        made = 'Error a() { return Error{Code::aborted,\n    "CONTENDED", "again"}; }\n'
        self.assertEqual(self.objections(services__shop__a=made), [])
        found = self.objections(services__shop__a=made, kit__sql__b="\n" + made)
        self.assertEqual([(path, line) for path, line, _ in found], [("kit/sql/b.cpp", 3)])
        self.assertIn("services/shop/a.cpp:2", found[0][2])

    def test_a_reason_that_is_a_constant_is_made_of_it(self):
        files = {
            "kit/sql/a.cpp": 'return Error{Code::unavailable, "BUSY", "busy"};',
            "kit/sql/reasons.hpp": 'inline constexpr std::string_view kBusy = "BUSY";',
        }
        ((path, _, said),) = reasons.objections_to(files)
        self.assertEqual(path, "kit/sql/a.cpp")
        self.assertIn("kit/sql/reasons.hpp:1", said)

    def test_a_reason_is_compared_with_a_constant(self):
        for compared in ('if (done.error().reason() == "BUSY") again();', 'if (reason != "BUSY") return;'):
            ((path, line, said),) = self.objections(services__shop__a=compared)
            self.assertEqual((path, line), ("services/shop/a.cpp", 1))
            self.assertIn("BUSY is compared", said)

    def test_tests_comments_and_other_folders_spell_reasons_out(self):
        twice = '// reason() == "BUSY"\n' + 'if (error.reason() == "BUSY") return Error{Code::aborted, "BUSY", ""};\n' * 2
        self.assertEqual(self.objections(kit__sql__a_test=twice, kit__testing__a=twice, apps__tool__a=twice), [])
        self.assertEqual(self.objections(kit__sql__a='// Error{Code::aborted, "BUSY", ""}\n// reason() == "BUSY"\n'), [])


class FunctionLength(unittest.TestCase):
    def lengths(self, text):
        return [lines for _, lines in functions.functions(text)]

    def test_a_function_of_71_lines_is_too_long_and_one_of_70_is_not(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "x.cpp")
            path.write_text("void f() {\n" + "    g();\n" * 69 + "}\n")
            self.assertEqual(len(functions.check([path])), 1)
            path.write_text("void f() {\n" + "    g();\n" * 68 + "}\n")
            self.assertEqual(functions.check([path]), [])

    def test_the_ways_to_begin_a_function_are_known(self):
        for head in (
            "int A::f() const noexcept",
            "auto f() -> std::vector<int>",
            "template <class T>\n    requires std::integral<T>\nT f(T x)",
            "A::A(int x) : x_{x}, y_(x)",
            "A::A(int x)\n    : Base{x},\n      y_{[] { return 1; }()}",
            "TEST(Thing, does_what_it_should)",
            "operator bool() const",
            "class A { void f()",
            "struct Result f(struct Point p)",
        ):
            self.assertEqual(self.lengths(head + " {\n  g();\n}"), [3], head)

    def test_other_braces_are_not_functions(self):
        for text in (
            "namespace tw::base {\nint x;\n}",
            "class A : public B {\nint x;\n};",
            "enum class E : int {\na,\n};",
            "const int kTable[] = {\n1,\n2};",
            "std::vector<int> x{\n1,\n2};",
        ):
            self.assertEqual(self.lengths(text), [], text)

    def test_lambdas_and_blocks_belong_to_their_function(self):
        self.assertEqual(self.lengths("void f() {\n  auto g = [] {\n  };\n  if (x) {\n  }\n}\nvoid h() {}"), [6, 1])

    def test_braces_in_texts_and_comments_do_not_count(self):
        text = "void f() {\n  // }\n  g(\"}\", '}', R\"(})\", 1'000); /* } */\n}\n"
        self.assertEqual(self.lengths(text), [4])
        self.assertEqual(code_only(text).count("\n"), text.count("\n"))


class HeadersAlone(unittest.TestCase):
    def check(self, folder, text):
        path = pathlib.Path(folder, "x.hpp")
        path.write_text(text)
        found = {"": ["/usr/bin/c++", "-std=c++20"]}
        return headers.check([str(path)], found, pathlib.Path(folder, "stamps"))

    def test_a_header_that_leans_on_others_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(len(self.check(folder, "#pragma once\nstd::size_t f();\n")), 1)
            self.assertEqual(self.check(folder, "#pragma once\n#include <cstddef>\nstd::size_t f();\n"), [])

    def test_a_change_in_what_a_header_includes_is_noticed(self):
        with tempfile.TemporaryDirectory() as folder:
            lower = pathlib.Path(folder, "lower.hpp")
            lower.write_text("struct Lower {};\n")
            text = '#pragma once\n#include "lower.hpp"\nLower f();\n'
            self.assertEqual(self.check(folder, text), [])
            lower.write_text("struct Other {};\n")
            self.assertEqual(len(self.check(folder, text)), 1)

    def test_flags_are_those_of_the_folder(self):
        command = "/usr/bin/ccache /usr/bin/c++ -DX=1 -I/r -isystem /s -O2 -g1 -std=c++23 -o a.o -c /r/kit/base/a.cpp"
        found = headers.flags_by_folder([{"command": command, "file": "/r/kit/base/a.cpp"}], "/r")
        self.assertEqual(found, {"kit/base": ["/usr/bin/c++", "-DX=1", "-I/r", "-isystem", "/s", "-std=c++23"]})
        self.assertEqual(headers.flags_for("kit/base/deeper/b.hpp", found), found["kit/base"])

    def test_flags_of_a_unity_build_are_those_of_its_target(self):
        file = "/r/build/release/kit/base/CMakeFiles/tw_base.dir/Unity/unity_0_cxx.cxx"
        command = {"command": f"c++ -I/r -o a.o -c {file}", "file": file, "directory": "/r/build/release"}
        self.assertEqual(headers.flags_by_folder([command], "/r"), {"kit/base": ["c++", "-I/r"]})


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


if __name__ == "__main__":
    unittest.main()
