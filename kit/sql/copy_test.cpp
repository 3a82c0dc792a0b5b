#include "kit/sql/copy.hpp"

#include "kit/sql/store_fixture.hpp"

#include <array>
#include <map>
#include <optional>

#include <gmock/gmock.h>

namespace tw::sql {
namespace {

using testing::HasSubstr;

constexpr Migration kCopySqlite[] = {
    {1, "values",
     "CREATE TABLE z_parents (id TEXT NOT NULL CONSTRAINT z_parents_pkey PRIMARY KEY, note TEXT) STRICT;"
     "CREATE TABLE a_children (parent TEXT NOT NULL REFERENCES z_parents (id), moment INTEGER NOT NULL, "
     "count INTEGER, share REAL, flag INTEGER) STRICT;"}};
constexpr Migration kCopyPostgres[] = {
    {1, "values",
     "CREATE TABLE z_parents (id text NOT NULL CONSTRAINT z_parents_pkey PRIMARY KEY, note text);"
     "CREATE TABLE a_children (parent text NOT NULL REFERENCES z_parents (id), moment timestamptz NOT "
     "NULL, count bigint, share double precision, flag boolean);"}};
constexpr Schema kValues{.name = "values", .sqlite = kCopySqlite, .postgres = kCopyPostgres};
constexpr Statement kInsertParent{"INSERT z_parents", "INSERT INTO z_parents VALUES ($1, $2)"};
constexpr Statement kInsertChild{"INSERT a_children", "INSERT INTO a_children VALUES ($1, $2, $3, $4, $5)"};
constexpr Statement kParents{"SELECT z_parents", "SELECT id, note FROM z_parents ORDER BY id"};
constexpr Statement kChildren{"SELECT a_children", "SELECT moment, count, share, flag FROM a_children"};

constexpr Migration kCopyShared[] = {
    {1, "keys", "CREATE TABLE shared_keys (id text NOT NULL CONSTRAINT shared_keys_pkey PRIMARY KEY)"}};
constexpr Schema kShared{.name = "keys", .sqlite = kCopyShared, .postgres = kCopyShared};
const Schema& shared_schema() { return kShared; }
constexpr std::array kCopyUses{&shared_schema};
constexpr Schema kValuesWithKeys{.name = "values", .sqlite = kCopySqlite, .postgres = kCopyPostgres, .uses = kCopyUses};
constexpr Statement kInsertKey{"INSERT shared_keys", "INSERT INTO shared_keys (id) VALUES ($1)"};
constexpr Statement kCountKeys{"SELECT shared_keys", "SELECT count(*) FROM shared_keys"};

class CopyTest : public testing::Test {
 protected:
    CopyTest() { source_.store().migrate(kValues).value(); }

    void insert(const Statement& statement, auto&&... values) {
        Unit unit;
        unit.add(statement, values...);
        source_.write(std::move(unit)).value();
    }
    Result<std::vector<CopiedTable>> copy(const Schema& schema = kValues) {
        source_.close();
        const std::array schemas{kTestSchema, schema};
        return copy_to_postgres(folder_ / "store.db", url_, schemas, "shop");
    }

    TestFolder folder_;
    StoreFixture source_{"sqlite:" + folder_ / "store.db", 1};
    const std::string url_ = test::PostgresServer::shared().empty_database();
};

TEST_F(CopyTest, every_value_arrives_as_it_was) {
    const std::string odd = "tab\t line\n return\r back\\slash \\N 'quote' \"double\" grün 🛒";
    const auto moment = Timestamp::from_unix_micros(1'767'225'600'000'001);
    insert(kInsertParent, "p1", odd);
    insert(kInsertParent, "p2", Value{Null{}});
    insert(kInsertParent, "p3", "");
    insert(kInsertChild, "p1", moment, std::int64_t{9'007'199'254'740'993}, 0.1, true);
    const auto copied = copy();
    ASSERT_TRUE(copied) << copied.error().detail();
    StoreFixture target{url_, 1};
    const auto parents = target.run(target.database().query(target.ctx(), kParents)).value();
    ASSERT_EQ(parents.size(), 3U);
    EXPECT_EQ(parents[0].get<std::string>(1), odd);
    EXPECT_EQ(parents[1].get<std::optional<std::string>>(1), std::nullopt);
    EXPECT_EQ(parents[2].get<std::string>(1), "");
    const auto child = target.run(target.database().query_row(target.ctx(), kChildren)).value().value();
    EXPECT_EQ(child.get<Timestamp>(0), moment);
    EXPECT_EQ(child.get<std::int64_t>(1), 9'007'199'254'740'993);
    EXPECT_EQ(child.get<double>(2), 0.1);
    EXPECT_TRUE(child.get<bool>(3));
}

TEST_F(CopyTest, tables_of_a_schema_that_several_files_use_are_copied_together) {
    source_.store().migrate(kValuesWithKeys).value();
    insert(kInsertParent, "p1", "x");
    insert(kInsertKey, "key of this file");
    {
        // Another module's file has been copied to the same database before.
        StoreFixture target{url_, 1};
        target.store().migrate(kShared).value();
        Unit unit;
        unit.add(kInsertKey, "key of another file");
        target.write(std::move(unit)).value();
    }
    const auto copied = copy(kValuesWithKeys);
    ASSERT_TRUE(copied) << copied.error().detail();
    StoreFixture target{url_, 1};
    const auto keys = target.run(target.database().query_row(target.ctx(), kCountKeys)).value().value();
    EXPECT_EQ(keys.get<std::int64_t>(0), 2);
}

TEST_F(CopyTest, tells_the_rows_of_each_table) {
    insert(kInsertParent, "p1", "x");
    insert(kInsertParent, "p2", "x");
    const auto copied = copy();
    ASSERT_TRUE(copied) << copied.error().detail();
    std::map<std::string, std::int64_t> rows;
    for (const auto& table : *copied) rows[table.name] = table.rows;
    EXPECT_EQ(rows["z_parents"], 2);
    EXPECT_EQ(rows["a_children"], 0);
}

TEST_F(CopyTest, a_target_with_rows_is_left_alone) {
    insert(kInsertParent, "p1", "x");
    ASSERT_TRUE(copy());
    const auto again = copy();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().reason(), "COPY_NOT_EMPTY");
    EXPECT_THAT(again.error().detail(), HasSubstr("z_parents"));
}

TEST_F(CopyTest, a_row_that_the_target_does_not_take_leaves_it_empty) {
    // A store refuses a text with a NUL, but SQLite accepts it by other means.
    insert(kInsertParent, "p1", "x");
    Unit unit;
    static constexpr Statement kBad{"INSERT z_parents", "INSERT INTO z_parents VALUES ('p2', CAST(x'6100' AS TEXT))"};
    unit.add(kBad);
    ASSERT_TRUE(source_.write(std::move(unit)));
    const auto copied = copy();
    ASSERT_FALSE(copied);
    EXPECT_EQ(copied.error().reason(), "COPY_FAILED");
    EXPECT_THAT(copied.error().detail(), HasSubstr("z_parents"));
    StoreFixture target{url_, 1};
    EXPECT_TRUE(target.run(target.database().query(target.ctx(), kParents)).value().empty());
}

TEST_F(CopyTest, a_file_that_lacks_a_migration_is_refused) {
    static constexpr Migration kMore[] = {kCopySqlite[0], {2, "more", "CREATE TABLE more (x INTEGER) STRICT"}};
    const auto refused = copy({.name = "values", .sqlite = kMore, .postgres = kCopyPostgres});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "COPY_BEHIND");
    EXPECT_THAT(refused.error().detail(), HasSubstr("run shop migrate first"));
}

}  // namespace
}  // namespace tw::sql
