#include "kit/sql/migration.hpp"

#include "kit/sql/history.hpp"
#include "kit/sql/store_fixture.hpp"

#include <gmock/gmock.h>

namespace tw::sql {
namespace {

constexpr Migration kFirst[] = {{1, "a", "CREATE TABLE a (x BIGINT)"}};
constexpr Migration kBoth[] = {{1, "a", "CREATE TABLE a (x BIGINT)"},
                               {2, "b", "CREATE TABLE b (x BIGINT); INSERT INTO a VALUES (1); INSERT INTO a VALUES (2);"}};
constexpr Migration kChanged[] = {{1, "a", "CREATE TABLE a (x BIGINT, y BIGINT)"}};
constexpr Migration kBroken[] = {{1, "a", "CREATE TABLE a (x BIGINT)"},
                                 {2, "b", "CREATE TABLE c (x BIGINT); CREATE TABLE a (x BIGINT)"}};
constexpr Migration kEnding[] = {{1, "a", "COMMIT"}};
constexpr Migration kGap[] = {{1, "a", "CREATE TABLE a (x BIGINT)"}, {3, "b", "CREATE TABLE b (x BIGINT)"}};
constexpr Statement kCountA{"SELECT a", "SELECT count(*) FROM a"};
constexpr Statement kCountC{"SELECT c", "SELECT count(*) FROM c"};

Schema schema(std::string_view name, std::span<const Migration> migrations) {
    return {.name = name, .sqlite = migrations, .postgres = migrations};
}

class MigrationTest : public testing::TestWithParam<Engine> {
 protected:
    Result<void> migrate(std::span<const Migration> migrations) { return store_.store().migrate(schema("letters", migrations)); }
    Result<std::optional<Row>> row(const Statement& statement) {
        return store_.run(store_.database().query_row(store_.ctx(), statement));
    }

    TestFolder folder_;
    StoreFixture store_{GetParam().url(folder_)};
};

INSTANTIATE_TEST_SUITE_P(Engines, MigrationTest, testing::ValuesIn(engines()), [](const auto& info) { return info.param.name; });

TEST_P(MigrationTest, applies_what_is_new_once) {
    ASSERT_TRUE(migrate(kFirst));
    ASSERT_TRUE(migrate(kBoth));
    ASSERT_TRUE(migrate(kBoth));
    EXPECT_EQ((**row(kCountA)).get<int>(0), 2);
}

TEST_P(MigrationTest, refuses_a_text_that_was_changed_afterwards) {
    ASSERT_TRUE(migrate(kFirst));
    const auto refused = migrate(kChanged);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::failed_precondition);
    EXPECT_EQ(refused.error().reason(), "MIGRATION_CHANGED");
    EXPECT_NE(refused.error().detail().find("migration 1 (\"a\") of schema \"letters\""), std::string::npos);
}

TEST_P(MigrationTest, refuses_a_database_that_is_ahead) {
    ASSERT_TRUE(migrate(kBoth));
    const auto refused = migrate(kFirst);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Code::failed_precondition);
    EXPECT_EQ(refused.error().reason(), "MIGRATION_UNKNOWN");
}

TEST_P(MigrationTest, a_step_that_fails_leaves_nothing_of_itself) {
    const auto failed = migrate(kBroken);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), Code::internal);
    EXPECT_EQ(failed.error().reason(), "MIGRATION_FAILED");
    EXPECT_NE(failed.error().detail().find("migration 2"), std::string::npos);
    EXPECT_FALSE(row(kCountC));
    // The migration before it stays applied, and the corrected text continues from there.
    ASSERT_TRUE(migrate(kBoth));
    EXPECT_TRUE(store_.write(new_user(1)));
}

TEST_P(MigrationTest, a_step_that_fails_is_told_with_line_statement_and_what_the_engine_says) {
    static constexpr Migration kLong[] = {{1, "a",
                                           "-- Tables.\nCREATE TABLE a (x BIGINT);\n\n/* again; */\n"
                                           "CREATE TABLE a (\n    x BIGINT -- the same\n);\nCREATE TABLE b (x BIGINT);\n"}};
    const auto exists = migrate(kLong);
    ASSERT_FALSE(exists);
    EXPECT_THAT(exists.error().detail(), testing::HasSubstr("migration 1 (\"a\") of schema \"letters\" failed: line 5: "));
    EXPECT_THAT(exists.error().detail(), testing::HasSubstr("already exists"));
    EXPECT_THAT(exists.error().detail(), testing::EndsWith("CREATE TABLE a ( x BIGINT )"));

    static constexpr Migration kTypo[] = {
        {1, "a", "CREATE TABLE a (x BIGINT);\nINSERT INTO a VALUES (1), ('ü');\nCRATE TABLE b"}};
    const auto typo = migrate(kTypo);
    ASSERT_FALSE(typo);
    EXPECT_THAT(typo.error().detail(), testing::ContainsRegex("line [23]: "));
    EXPECT_THAT(typo.error().detail(), testing::AnyOf(testing::HasSubstr("CRATE TABLE b"), testing::HasSubstr("INSERT INTO a")));

    static constexpr Migration kRule[] = {
        {1, "a", "CREATE TABLE a (x BIGINT PRIMARY KEY);\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (1);"}};
    const auto rule = migrate(kRule);
    ASSERT_FALSE(rule);
    EXPECT_THAT(rule.error().detail(), testing::HasSubstr("line 3: "));
}

TEST_P(MigrationTest, a_step_may_not_end_its_transaction) { EXPECT_EQ(migrate(kEnding).error().reason(), "MIGRATION_FAILED"); }

TEST_P(MigrationTest, versions_have_no_gaps) { EXPECT_EQ(migrate(kGap).error().code(), Code::internal); }

TEST_P(MigrationTest, schemas_of_one_database_keep_their_own_history) {
    ASSERT_TRUE(migrate(kFirst));
    static constexpr Migration kOther[] = {{1, "z", "CREATE TABLE z (x BIGINT)"}};
    EXPECT_TRUE(store_.store().migrate(schema("other", kOther)));
    EXPECT_TRUE(migrate(kFirst));
}

TEST(MigrationChecksum, is_the_published_fnv1_a) {
    EXPECT_EQ(migration_checksum(""), "cbf29ce484222325");
    EXPECT_EQ(migration_checksum("a"), "af63dc4c8601ec8c");
    EXPECT_EQ(migration_checksum("foobar"), "85944171f73967e8");
}

TEST(CheckHistory, a_database_with_a_gap_is_internal) {
    const AppliedMigration applied[] = {{2, "b", migration_checksum(kBoth[1].text)}};
    EXPECT_EQ(check_history("letters", kBoth, applied).error().code(), Code::internal);
}

}  // namespace
}  // namespace tw::sql
