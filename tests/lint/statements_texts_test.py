"""How statements_texts.py reads the statements of a C++ source. Runs as a part of lint_test.py."""

import unittest

from statements_texts import statements_in

STORE = "services/shop/shop_store.cpp"


class StatementTexts(unittest.TestCase):
    def texts(self, source):
        return [(found.line, found.name, found.text, found.fallback) for found in statements_in(STORE, source)]

    def test_literals_are_put_together_however_they_are_written(self):
        source = (
            "// of its own\n"
            'constexpr sql::Statement kA{.summary = "A", .text = "SELECT "  // why\n    "\\"id\\""};\n'
            'inline constexpr Statement kB{"B", R"sql(SELECT 1)sql"};\n'
        )
        self.assertEqual(self.texts(source), [(2, "kA", 'SELECT "id"', ""), (4, "kB", "SELECT 1", "")])

    def test_what_is_more_than_literals_is_noticed(self):
        self.assertEqual(self.texts('sql::Statement a{.summary = "A", .text = base + " LIMIT 1"};'), [(1, "a", None, "")])
        for source in (
            'run(sql::Statement{"A", fmt::format("x{}", 1)});',
            'constexpr std::array<sql::Statement, 1> kAll{{{"A", "SELECT 1"}}};',
            'const std::vector<sql::Statement> all = {{"A", "SELECT 1"}};',
            'constexpr sql::Statement kAll[] = {{"A", "SELECT 1"}};',
            "sql::Statement made(summary, text);",
        ):
            self.assertEqual([text for _, _, text, _ in self.texts(source)], [None], source)

    def test_lists_of_columns_are_put_in_as_the_compiler_does(self):
        source = (
            'constexpr sql::Text kColumns{\n    "id, name, "\n    "version"};\n'
            'constexpr sql::Text kWhole{sql::list<sql::qualified<"a", kColumns>, "b.weight">};\n'
            'constexpr sql::Statement kA{.summary = "A",\n    .text = sql::text<"SELECT ", kWhole,  // all\n'
            '                      " FROM a ", "JOIN b ON b.id = a.id">};\n'
            'constexpr sql::Statement kB{.summary = "B", .text = sql::insert<"a", sql::list<kColumns, "folded">>, .row_of = "a"};\n'
        )
        self.assertEqual(
            self.texts(source),
            [
                (5, "kA", "SELECT a.id, a.name, a.version, b.weight FROM a JOIN b ON b.id = a.id", ""),
                (8, "kB", "INSERT INTO a (id, name, version, folded) VALUES ($1, $2, $3, $4)", ""),
            ],
        )

    def test_a_statement_of_many_rows_is_put_in_as_the_compiler_does(self):
        [(_, _, text, _)] = self.texts('constexpr sql::Statement kA{.summary = "A", .text = sql::insert_many<"a", "id, name">};\n')
        self.assertTrue(text.startswith("INSERT INTO a (id, name) VALUES ($1, $2), ($3, $4), "), text)
        self.assertTrue(text.endswith(", ($31, $32)"), text)

    def test_a_list_that_is_not_known_here_is_noticed(self):
        for text in ('sql::text<"SELECT ", kElsewhere, " FROM a">', 'sql::text<"A", "B", made(1)>', 'sql::insert<"a", other<"b">>'):
            self.assertEqual([found for _, _, found, _ in self.texts(f'Statement kA{{.summary = "A", .text = {text}}};')], [None], text)

    def test_a_fallback_is_read_from_the_comment_above(self):
        source = 'int x;\n// Claims work.\n// Fallback: kPlain\nconstexpr sql::Statement kA{"A", "SELECT 1"};\n'
        self.assertEqual(self.texts(source), [(4, "kA", "SELECT 1", "kPlain")])

    def test_the_type_and_its_uses_are_no_statements(self):
        for source in (
            "struct Statement {\n};",
            "void f(const Statement& s, const Statement* t) {}",
            "struct PreparedStatement { int x; };",
            "std::unordered_map<const Statement*, Entry> entries_;",
            "const sql::Statement& end = won ? kTake : kGiveBack;",
        ):
            self.assertEqual(self.texts(source), [], source)


if __name__ == "__main__":
    unittest.main()
