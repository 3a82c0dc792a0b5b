"""Pages in plain sentences, the translation of the README, and how pages are followed. Runs by lint_test.py."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import prose
import translation

# These lie in tests/pages, which prose has added to the path.
import judge
import shell
import steps


class Prose(unittest.TestCase):
    def objections(self, text):
        return sorted(prose.objections_to(text))

    def assert_refused(self, text, line, words):
        found = self.objections(text)
        self.assertEqual([number for number, _ in found], [line], found)
        self.assertIn(words, found[0][1])

    def test_a_word_to_guess_at_is_refused_with_its_replacement(self):
        self.assert_refused("# One\n\nMend the host.\n", 3, "fix, correct or check")
        self.assert_refused("It does not let user x in.\n", 1, "log in")
        self.assert_refused("25,000 a second are read.\n", 1, "per")
        self.assert_refused("There is one limit a caller.\n", 1, "per")
        self.assert_refused("| a | Its loopback is nobody's |\n", 1, "cannot be reached")
        self.assert_refused("One thing — and another.\n", 1, "instead of a dash")

    def test_ordinary_sentences_are_allowed(self):
        for text in ("It took a second.\n", "Let the balancer know in time.\n", "No answer for a minute.\n", "A client has an address.\n"):
            self.assertEqual(self.objections(text), [], text)

    def test_code_is_not_read(self):
        self.assertEqual(self.objections("```sh\nmend --beside\n```\n\nRun `mend`, [beside](mend.md).\n"), [(5, "'beside': write next to, or as well as")])

    def test_a_sentence_of_36_words_is_refused_and_one_of_35_is_not(self):
        start = "Go " + "go " * 20 + "\n" + "go " * 13
        self.assertEqual(self.objections(start + "go. Another one.\n"), [])
        self.assert_refused(start + "go go. Another one.\n", 1, "36 words")

    def test_items_and_cells_are_texts_of_their_own(self):
        words = "go " * 20
        self.assertEqual(self.objections(f"- {words[:-1]}\n- {words[:-1]}\n\n| {words} | {words} |\n"), [])

    def test_a_sentence_goes_on_over_lines(self):
        self.assert_refused("- One\n" + "  word word word word word\n" * 8, 1, "41 words")

    def test_a_line_of_prose_is_100_columns_wide_at_most(self):
        self.assertEqual(self.objections("word. " * 16 + "four\n"), [])
        self.assert_refused("word. " * 16 + "fives\n", 1, "101 columns")
        self.assertEqual(self.objections("| " + "word. " * 20 + "|\n"), [])

    def test_a_block_of_code_names_its_language(self):
        self.assert_refused("One.\n\n```\nls\n```\n", 3, "without a language")
        self.assertEqual(self.objections("```sh\nls\n```\n\n  ```text\n  a\n  ```\n"), [])

    def test_a_comment_that_no_script_understands_is_refused(self):
        self.assert_refused("One.\n\n<!-- follow: fials -->\n", 3, "there is no mark 'follow: fials'")

    def test_which_pages_are_read(self):
        for page in ("README.md", "docs/guide/write-a-service.md", "docs/hacking.md", "benchmarks/README.md"):
            self.assertTrue(prose.is_read(page), page)
        for page in ("README.zh-CN.md", "docs/decisions/0001-record-decisions.md", "docs/reference/hardening.md"):
            self.assertFalse(prose.is_read(page), page)


class Translation(unittest.TestCase):
    ORIGINAL = "# One\n\n```sh\nls   # lists\n```\n"
    TRANSLATED = "# 一\n\n```sh\nls   # 列出\n```\n"

    def objections(self, original, translated):
        return [text for _, _, text in translation.objections_to(original, translated)]

    def test_a_translation_of_this_text_is_up_to_date(self):
        self.assertEqual(self.objections(self.ORIGINAL, translation.marked(self.ORIGINAL, self.TRANSLATED)), [])

    def test_a_change_of_the_original_is_said_with_what_to_do(self):
        marked = translation.marked(self.ORIGINAL, self.TRANSLATED)
        (said,) = self.objections(self.ORIGINAL + "More.\n", marked)
        self.assertIn("has changed since it was translated", said)
        self.assertIn("translation.py --done", said)
        self.assertEqual(self.objections(self.ORIGINAL + "More.\n", translation.marked(self.ORIGINAL + "More.\n", marked)), [])

    def test_a_translation_without_its_mark_is_refused(self):
        (said,) = self.objections(self.ORIGINAL, self.TRANSLATED)
        self.assertIn("is missing", said)

    def test_commands_are_those_of_the_original(self):
        marked = translation.marked(self.ORIGINAL, self.TRANSLATED.replace("ls ", "rm "))
        self.assertIn("this block of code", *self.objections(self.ORIGINAL, marked))
        self.assertIn("missing at the end", *self.objections(self.ORIGINAL, translation.marked(self.ORIGINAL, "# 一\n")))


class FollowedPages(unittest.TestCase):
    def steps(self, text):
        return [(step.line, step.kind, step.detail, step.commands, step.prints) for step in steps.steps_of("page.md", text)]

    def test_blocks_of_shell_commands_are_steps_and_text_behind_them_is_what_they_print(self):
        page = "One.\n\n```sh\nls\n```\n\n```text\na\nb\n```\n\nTwo.\n\n```text\nc\n```\n\n```toml\nx = 1\n```\n"
        self.assertEqual(self.steps(page), [(3, "run", "", "ls\n", ("a", "b"))])

    def test_a_block_within_a_list_is_a_step(self):
        self.assertEqual(self.steps("1. One:\n\n   ```sh\n   if a; then\n     b\n   fi\n   ```\n")[0][3], "if a; then\n  b\nfi\n")

    def test_comments_say_what_stays_what_fails_and_what_is_not_run(self):
        page = "<!-- follow: stays until ready -->\n```sh\na\n```\n<!-- follow: Ctrl-C -->\n<!-- follow: fails -->\n```sh\nb\n```\n"
        self.assertEqual([step[1:3] for step in self.steps(page)], [("stays", "ready"), ("Ctrl-C", ""), ("fails", "")])
        self.assertEqual(self.steps("<!-- follow: not run, it takes Docker -->\n```sh\na\n```\n")[0][1:3], ("not run", "it takes Docker"))

    def test_a_block_with_a_place_to_fill_in_is_not_run(self):
        self.assertEqual(self.steps("```sh\ncurl http://…\n```\n")[0][1], "not run")

    def test_a_comment_that_does_nothing_is_refused(self):
        for page in ("<!-- follow: fials -->\n", "<!-- follow: fails -->\n", "<!-- follow: fails -->\n<!-- follow: fails -->\n```sh\na\n```\n"):
            with self.assertRaises(ValueError):
                self.steps(page)

    def test_ids_times_and_durations_may_differ_and_all_else_may_not(self):
        printed = ['{"id":"01a2287b-a32b-773e-9fbf-77e7f2184b48","n":2,"at":"2026-11-29T18:05:21.068750Z"}', "other", "done in 12.5 ms"]
        shown = '{"id":"00000000-0000-7000-8000-000000000000","n":2,"at":"2020-01-01T00:00:00Z"}'
        self.assertIsNone(judge.first_missing([shown, "", "done in 3 ms"], printed))
        self.assertIsNone(judge.first_missing(['{"id":"…","n":2,…}'], printed))
        self.assertEqual(judge.first_missing([shown.replace('"n":2', '"n":3')], printed), shown.replace('"n":2', '"n":3'))
        self.assertEqual(judge.first_missing(["done in 3 ms", "other"], printed), "other")

    def test_a_script_stops_at_the_first_step_that_fails(self):
        def outcome(page):
            with tempfile.TemporaryDirectory() as folder:
                script = shell.script_of(steps.steps_of("page.md", page), folder)
                subprocess.run(["bash", "-c", script], check=False)
                return sorted(path.stem for path in pathlib.Path(folder).glob("[0-9]*.code"))

        self.assertEqual(outcome("```sh\na=1\n```\n\n```sh\n[[ $a == 1 ]]\n```\n\n```sh\nfalse\ntrue\n```\n\n```sh\ntrue\n```\n"), ["0", "1"])
        self.assertEqual(outcome("<!-- follow: fails -->\n```sh\nfalse\n```\n\n<!-- follow: fails -->\n```sh\ntrue\n```\n"), ["0"])
        self.assertEqual(outcome("<!-- follow: stays until go -->\n```sh\necho go\nsleep 60\n```\n\n<!-- follow: Ctrl-C -->\n\n```sh\ntrue\n```\n"), ["0", "1", "2"])
        self.assertEqual(outcome("<!-- follow: stays until go -->\n```sh\necho no\n```\n"), [])
