#include "kit/sql/script.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::sql {
namespace {

using testing::ElementsAre;

std::vector<std::string> texts(std::string_view script) {
    std::vector<std::string> all;
    for (const auto& statement : split_script(script)) all.emplace_back(statement.text);
    return all;
}

TEST(SplitScript, a_semicolon_ends_a_statement_unless_it_is_quoted) {
    EXPECT_THAT(texts("SELECT 1; SELECT 2"), ElementsAre("SELECT 1", "SELECT 2"));
    EXPECT_THAT(texts("INSERT INTO a VALUES ('it''s; x');\nSELECT \"a;b\"\n"),
                ElementsAre("INSERT INTO a VALUES ('it''s; x')", "SELECT \"a;b\""));
    EXPECT_THAT(texts("SELECT E'a\\'; b'; SELECT name'; c'"), ElementsAre("SELECT E'a\\'; b'", "SELECT name'; c'"));
    EXPECT_THAT(texts("DO $$ BEGIN; END $$; SELECT $a$ ; $b$ ; $a$; SELECT $1; SELECT 2"),
                ElementsAre("DO $$ BEGIN; END $$", "SELECT $a$ ; $b$ ; $a$", "SELECT $1", "SELECT 2"));
}

TEST(SplitScript, comments_and_nothing_are_no_statements) {
    EXPECT_THAT(texts("-- a; b\n/* c; /* d; */ e; */ SELECT 1 -- f; g\n;; ;"), ElementsAre("SELECT 1 -- f; g\n"));
    EXPECT_THAT(texts(" \n-- nothing"), testing::IsEmpty());
    EXPECT_THAT(texts("/* never ends; SELECT 1;"), testing::IsEmpty());
    EXPECT_THAT(texts("SELECT 'never ends; SELECT 1;"), ElementsAre("SELECT 'never ends; SELECT 1;"));
}

TEST(StatementAt, names_the_line_where_the_statement_begins) {
    const std::string_view script = "CREATE TABLE a (x bigint);\n\n-- the second\nCREATE TABLE b (\n    y bigint\n);\n";
    EXPECT_EQ(statement_at(script, 0).line, 1U);
    const auto second = statement_at(script, script.find("y bigint"));
    EXPECT_EQ(second.line, 4U);
    EXPECT_EQ(second.summary(), "CREATE TABLE b ( y bigint )");
    EXPECT_EQ(statement_at(script, script.size()).line, 4U);
    EXPECT_EQ(statement_at("", 0).text, "");
}

TEST(StatementAt, a_summary_is_one_line_without_comments_and_not_long) {
    EXPECT_EQ(statement_at("SELECT 1, -- one\n/* two */\t2", 0).summary(), "SELECT 1, 2");
    // A statement points into its script, so the script is a named variable.
    const auto longest = "SELECT '" + std::string(191, 'x') + "'";
    EXPECT_EQ(statement_at(longest, 0).summary().size(), 200U);
    const auto longer = "SELECT '" + std::string(191, 'x') + "ü'";
    EXPECT_EQ(statement_at(longer, 0).summary(), "SELECT '" + std::string(191, 'x') + " …");
}

}  // namespace
}  // namespace tw::sql
