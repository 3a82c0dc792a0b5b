"""The rule about options of contracts objects to each way in which they and what is said of them can differ. Runs with lint_test.py."""

import unittest

import contract
from contract import contract_page
from contract_page import Entry, Group, Option

TEST = "a_test.cpp::an_empty_name_is_refused"
FILES = {
    "a_test.cpp": "TEST(Name, an_empty_name_is_refused) {\n}\n",
    "test_b.py": "def test_it(http):\n    pass\n",
    contract.GUIDE: "Not enforced: `allow`.\n",
}


class ContractOptions(unittest.TestCase):
    def setUp(self):
        self.required = Option("required", "bool", "The name is given.", 7)
        self.allow = Option("allow", "repeated Caller", "Who may call. Declared, not enforced yet: nobody is asked.", 9)
        self.groups = [Group("Rules", "Rules of a field.", [self.required, self.allow])]
        self.table = {"Rules": {"required": Entry([TEST], True), "allow": Entry([], False)}}

    def objections(self, files=FILES):
        whole = all(option.name in self.table["Rules"] for option in self.groups[0].options)
        page = contract_page.page(self.groups, self.table) if whole else ""
        found = contract.objections_to(self.groups, self.table, {contract_page.PAGE: page, **files}.get)
        return [text for _, _, text in found]

    def assert_objects(self, words, files=FILES):
        found = self.objections(files)
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0])

    def test_what_agrees_is_let_pass(self):
        self.assertEqual(self.objections(), [])

    def test_an_option_that_the_table_does_not_know_is_refused(self):
        del self.table["Rules"]["required"]
        self.assert_objects("says nothing of Rules.required")

    def test_an_entry_for_no_option_is_refused(self):
        self.table["Rules"]["colour"] = Entry([TEST], True)
        self.assert_objects("there is no option Rules.colour")

    def test_an_option_without_comment_is_refused(self):
        self.required.comment = ""
        self.assert_objects("required has no comment")

    def test_an_enforced_option_without_tests_is_refused(self):
        self.table["Rules"]["required"] = Entry([], True)
        self.assert_objects("names no test for Rules.required")

    def test_a_test_that_does_not_exist_is_refused(self):
        for test in ("a_test.cpp::an_empty_name", "a_test.cpp", "other_test.cpp::an_empty_name_is_refused", "test_b.py::test_i"):
            self.table["Rules"]["required"] = Entry([test], True)
            self.assert_objects(f"names the test {test}, which does not exist")
        self.table["Rules"]["required"] = Entry(["test_b.py::test_it"], True)
        self.assertEqual(self.objections(), [])

    def test_the_mark_in_the_comment_and_in_the_table_are_one(self):
        self.required.comment += " Declared, not enforced yet."
        self.assert_objects("the comment of required leaves it not enforced")
        self.required.comment = "The name is given."
        self.allow.comment = "Who may call."
        self.assert_objects("the comment of allow leaves it enforced")

    def test_the_guide_names_what_is_not_enforced(self):
        self.assert_objects("does not name `allow`", {**FILES, contract.GUIDE: "All is well.\n"})

    def test_another_page_is_refused(self):
        self.assert_objects("writes it anew", {**FILES, contract_page.PAGE: "# Something else\n"})


class ContractPage(unittest.TestCase):
    def test_a_row_has_the_option_and_links_to_its_tests(self):
        option = Option("required", "bool", "Given | not empty.", 7)
        self.assertEqual(
            contract_page.row(option, Entry([TEST], True)),
            "| `required` | bool | Given \\| not empty. | [`an_empty_name_is_refused`](../../a_test.cpp) |\n",
        )

    def test_what_is_not_enforced_is_marked_before_the_tests_of_what_is_kept_of_it(self):
        value = Option("SERVICE", "", "Other services.", 7)
        self.assertIn("| **declared, not enforced yet** |", contract_page.row(value, Entry([], False)))
        self.assertIn("**declared, not enforced yet**<br>[`an_empty", contract_page.row(value, Entry([TEST], False)))

    def test_the_table_tells_what_is_enforced_from_what_is_declared(self):
        table = contract_page.table_of('[Rules]\na = ["x::y"]\nb = { declared = [] }\n[Rules.c]\ndeclared = ["x::z"]\n')
        self.assertEqual(table, {"Rules": {"a": Entry(["x::y"], True), "b": Entry([], False), "c": Entry(["x::z"], False)}})
