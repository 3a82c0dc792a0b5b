"""The rules about the text of sources: words, reasons, errors, length of functions, headers. Runs by lint_test.py."""

import pathlib
import tempfile
import unittest

import errors
import functions
import headers
import reasons
import words
from report import code_only

ROOT = pathlib.Path(__file__).resolve().parents[2]


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


class Errors(unittest.TestCase):
    TABLE = """[a]
title = "A"
text = ""
[a.reasons]
BUSY = ["UNAVAILABLE", "It is busy.", "Try again."]
ORDER_NOT_FOUND = ["NOT_FOUND", "There is none.", "Check the id."]
"""
    MADE = 'return Error{Code::unavailable, "BUSY", ""};\nreturn not_found("order", id);\n'

    def objections(self, text, table=TABLE):
        found = errors.objections_to({"kit/sql/a.cpp": text}, errors.errors_page.table_of(table))
        return [(path, line, said) for path, line, said in found]

    def test_a_reason_that_the_table_explains_is_fine(self):
        self.assertEqual(self.objections(self.MADE), [])

    def test_a_reason_without_an_entry_is_found_at_its_place(self):
        for made in ('Error{Code::aborted, "LOST", ""}', 'inline constexpr std::string_view kLost = "LOST"; Error{Code::aborted, kLost, ""}'):
            ((path, line, said),) = self.objections(self.MADE + made)
            self.assertEqual((path, line), ("kit/sql/a.cpp", 3))
            self.assertIn("does not explain the reason LOST", said)

    def test_a_code_that_the_table_lacks_is_found(self):
        ((_, _, said),) = self.objections(self.MADE + 'Error{Code::aborted, "BUSY", ""}')
        self.assertIn("BUSY may have the code ABORTED", said)

    def test_an_entry_that_nothing_makes_is_found(self):
        ((path, _, said),) = self.objections('return Error{Code::unavailable, "BUSY", ""};')
        self.assertEqual((path, said), ("docs/reference/errors.toml", "nothing makes the reason ORDER_NOT_FOUND"))

    def test_the_status_is_that_of_the_reason_or_else_of_the_code(self):
        source = 'ReasonStatus{reason::kBig, 413},\nReasonStatus{"GONE", 410},\n case Code::aborted:\n case Code::unknown:\n return 409;'
        statuses = errors.errors_page.Statuses(source, {"kBig": "TOO_BIG"})
        self.assertEqual([statuses.of(reason, "ABORTED") for reason in ("TOO_BIG", "GONE", "BUSY")], [413, 410, 409])


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
