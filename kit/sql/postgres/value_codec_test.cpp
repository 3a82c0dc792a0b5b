#include "kit/sql/postgres/batch.hpp"
#include "kit/sql/postgres/numeric.hpp"
#include "kit/sql/postgres/postgres_error.hpp"
#include "kit/sql/postgres/target.hpp"
#include "kit/sql/shared/errors.hpp"
#include "kit/sql/store_fixture.hpp"

#include <limits>

namespace tw::sql {
namespace {

constexpr Migration kSqlite[] = {{1, "edges",
                                  "CREATE TABLE edges (id INTEGER NOT NULL PRIMARY KEY, number INTEGER, words TEXT, moment "
                                  "INTEGER, real REAL, flag INTEGER)"}};
constexpr Migration kPostgres[] = {
    {1, "edges",
     "CREATE TABLE edges (id bigint NOT NULL PRIMARY KEY, number bigint, words text, moment timestamptz, "
     "real double precision, flag boolean)"}};
constexpr Schema kEdges{.name = "edges", .sqlite = kSqlite, .postgres = kPostgres};
constexpr Statement kInsert{"INSERT edges",
                            "INSERT INTO edges (id, number, words, moment, real, flag) VALUES ($1, $2, $3, $4, $5, $6)"};
constexpr Statement kFind{"SELECT edges", "SELECT number, words, moment, real, flag FROM edges WHERE id = $1"};
constexpr Statement kFindMoment{"SELECT edges", "SELECT id FROM edges WHERE moment = $1"};
constexpr Statement kSum{"SELECT edges", "SELECT SUM(number) FROM edges"};

struct Edges {
    std::optional<std::int64_t> number;
    std::optional<std::string> words;
    std::optional<Timestamp> moment;
    std::optional<double> real;
    std::optional<bool> flag;
    bool operator==(const Edges&) const = default;
};

class ValueEdgesTest : public testing::TestWithParam<Engine> {
 protected:
    ValueEdgesTest() { store_.store().migrate(kEdges).value(); }

    Result<void> insert(std::int64_t id, const Edges& edges) {
        Unit unit;
        unit.add(kInsert, id, edges.number, edges.words, edges.moment, edges.real, edges.flag);
        return store_.write(std::move(unit));
    }
    Edges find(std::int64_t id) {
        const auto row = store_.run(store_.database().query_row(store_.ctx(), kFind, id));
        const auto& columns = **row;
        return {columns.get<std::optional<std::int64_t>>(0), columns.get<std::optional<std::string>>(1),
                columns.get<std::optional<Timestamp>>(2), columns.get<std::optional<double>>(3),
                columns.get<std::optional<bool>>(4)};
    }

    TestFolder folder_;
    StoreFixture store_{GetParam().url(folder_)};
};

INSTANTIATE_TEST_SUITE_P(Engines, ValueEdgesTest, testing::ValuesIn(engines()), [](const auto& info) { return info.param.name; });

TEST_P(ValueEdgesTest, the_ends_of_each_type_read_back_as_they_were) {
    const Edges all[] = {
        // The empty values come first, so that the parameters are declared without a type.
        {},
        {std::numeric_limits<std::int64_t>::max(), "", Timestamp::from_unix_micros(1), 0.1, true},
        {std::numeric_limits<std::int64_t>::min(), "Zoë \xF0\x9F\x90\xB1\n\t\\'\"", Timestamp::from_unix_micros(-1), -1e308,
         false},
        {0, std::string(100'000, 'x'), Timestamp::from_unix_micros(4'102'444'800'999'999), 5e-324, true},
    };
    for (std::size_t i = 0; i < std::size(all); ++i) {
        ASSERT_TRUE(insert(static_cast<std::int64_t>(i), all[i])) << i;
        EXPECT_EQ(find(static_cast<std::int64_t>(i)), all[i]) << i;
    }
}

TEST_P(ValueEdgesTest, a_moment_is_found_to_the_microsecond) {
    const auto moment = Timestamp::from_unix_micros(1'767'225'600'123'457);
    ASSERT_TRUE(insert(1, {.moment = moment}));
    const auto found = [&](Timestamp when) {
        return store_.run(store_.database().query_row(store_.ctx(), kFindMoment, when))->has_value();
    };
    EXPECT_TRUE(found(moment));
    EXPECT_FALSE(found(moment + std::chrono::microseconds{1}));
}

TEST_P(ValueEdgesTest, a_sum_is_a_whole_number) {
    ASSERT_TRUE(insert(1, {.number = 40'000}));
    ASSERT_TRUE(insert(2, {.number = -123'456'789}));
    EXPECT_EQ((**store_.run(store_.database().query_row(store_.ctx(), kSum))).get<std::int64_t>(0), -123'416'789);
}

TEST_P(ValueEdgesTest, text_with_a_nul_or_that_is_not_utf8_is_refused_by_every_way) {
    static constexpr Statement kByWords{"SELECT edges", "SELECT id FROM edges WHERE words = $1"};
    auto& database = store_.database();
    for (const std::string& text : {std::string{"a\0b", 3}, std::string{"a\xFF"}, std::string{"\xED\xA0\x80"}}) {
        EXPECT_EQ(insert(1, {.words = text}).error().reason(), "INVALID_TEXT");
        EXPECT_EQ(store_.run(database.query(store_.ctx(), kByWords, text)).error().reason(), "INVALID_TEXT");
        EXPECT_EQ(store_.run(database.query_row(store_.ctx(), kByWords, text)).error().reason(), "INVALID_TEXT");
        auto body = [&](Transaction& transaction) -> Task<Result<void>> {
            auto looking = transaction.query(store_.ctx(), kByWords, text);
            const auto found = co_await std::move(looking);
            co_return found ? Result<void>{} : found.error();
        };
        EXPECT_EQ(store_.run(database.transaction(store_.ctx(), body)).error().reason(), "INVALID_TEXT");
    }
    EXPECT_TRUE(insert(1, {.words = "Zoë"}));
}

/// Builds a numeric from digits in groups of four, in PostgreSQL's binary form.
std::string numeric(std::int16_t weight, std::uint16_t sign, std::initializer_list<std::uint16_t> groups) {
    std::string bytes;
    const auto add = [&](std::uint16_t word) {
        bytes += static_cast<char>(word >> 8);
        bytes += static_cast<char>(word & 0xFF);
    };
    add(static_cast<std::uint16_t>(groups.size()));
    add(static_cast<std::uint16_t>(weight));
    add(sign);
    add(0);
    for (const auto group : groups) add(group);
    return bytes;
}

TEST(Numeric, a_whole_number_is_an_integer) {
    EXPECT_EQ(pg::read_numeric(numeric(0, 0, {})), Value{std::int64_t{0}});
    EXPECT_EQ(pg::read_numeric(numeric(1, 0, {12, 3456})), Value{std::int64_t{123'456}});
    EXPECT_EQ(pg::read_numeric(numeric(2, 0x4000, {1})), Value{std::int64_t{-100'000'000}});
    EXPECT_EQ(pg::read_numeric(numeric(4, 0x4000, {922, 3372, 368, 5477, 5808})),
              Value{std::numeric_limits<std::int64_t>::min()});
}

TEST(Numeric, what_is_no_integer_is_a_double) {
    EXPECT_EQ(pg::read_numeric(numeric(0, 0, {1, 5000})), Value{1.5});
    EXPECT_EQ(pg::read_numeric(numeric(4, 0, {922, 3372, 368, 5477, 5808})), Value{9223372036854775808.0});
    EXPECT_EQ(pg::read_numeric(numeric(300, 0, {1})).value().index(), 3U);
    EXPECT_EQ(pg::read_numeric("short"), std::nullopt);
}

TEST(SqlState, every_class_has_its_error) {
    const auto reason = [](std::string_view sqlstate) {
        return pg::sqlstate_error(sqlstate, "key", "message", "SELECT 1").reason();
    };
    EXPECT_EQ(reason("23505"), "UNIQUE_VIOLATION");
    EXPECT_EQ(reason("23514"), "CHECK_VIOLATION");
    EXPECT_EQ(reason("23502"), "NOT_NULL_VIOLATION");
    EXPECT_EQ(reason("23503"), "FOREIGN_KEY_VIOLATION");
    EXPECT_EQ(reason("40001"), "SERIALIZATION_FAILURE");
    EXPECT_EQ(reason("40P01"), "DEADLOCK");
    EXPECT_EQ(reason("40003"), "OUTCOME_UNKNOWN");
    EXPECT_EQ(reason("53100"), "STORAGE_FAILED");
    EXPECT_EQ(reason("58030"), "STORAGE_FAILED");
    EXPECT_EQ(reason("53300"), "DATABASE_BUSY");
    EXPECT_EQ(reason("55P03"), "DATABASE_BUSY");
    for (const auto* gone : {"57P01", "57P02", "57P03", "08006", "08003"})
        EXPECT_EQ(reason(gone), "DATABASE_UNREACHABLE") << gone;
    EXPECT_EQ(reason("57014"), "INTERRUPTED");
    EXPECT_EQ(reason("XX001"), "DATABASE_CORRUPT");
    EXPECT_EQ(reason("XX002"), "DATABASE_CORRUPT");
    EXPECT_EQ(reason("XX000"), "INTERNAL");
    EXPECT_EQ(reason("42P01"), "INTERNAL");
    EXPECT_EQ(reason("08P01"), "INTERNAL");
}

TEST(SqlState, the_servers_own_limit_is_a_deadline) {
    const auto error = pg::sqlstate_error("57014", "", "canceling statement due to statement timeout", "SELECT 1");
    EXPECT_EQ(error.code(), Code::deadline_exceeded);
}

TEST(SqlState, a_message_that_quotes_data_is_not_kept) {
    const auto error =
        pg::sqlstate_error("22P02", "", "invalid input syntax for type bigint: \"alice@example.com\"", "SELECT $1");
    EXPECT_EQ(error.cause().find("alice"), std::string::npos);
    EXPECT_EQ(sqlstate_of(error), "22P02");
}

TEST(StatementLimit, is_told_only_where_the_sessions_own_is_too_long) {
    const pg::PostgresOptions options;
    EXPECT_EQ(pg::statement_limit(std::chrono::milliseconds{10}, options), Value{std::string{"50"}});
    EXPECT_EQ(pg::statement_limit(std::chrono::milliseconds{90}, options), Value{std::string{"100"}});
    EXPECT_EQ(pg::statement_limit(std::chrono::seconds{14}, options), std::nullopt);
}

TEST(Target, several_hosts_share_a_port_or_have_their_own) {
    const auto one = pg::Target::parse("postgresql://me:secret@a,b:7/db", {});
    ASSERT_TRUE(one);
    ASSERT_EQ(one->places.size(), 2U);
    EXPECT_EQ(one->places[0].port, "5432");
    EXPECT_EQ(one->places[1].port, "7");
    EXPECT_EQ(one->to_string(), "a:5432/db");
}

TEST(Target, the_urls_own_parameters_win) {
    const auto target = pg::Target::parse("postgresql://me@a/db?application_name=mine&options=-cstatement_timeout%3D1", {});
    ASSERT_TRUE(target);
    std::string options;
    std::string name;
    for (const auto& [keyword, value] : target->parameters) {
        if (keyword == "options") options = value;
        if (keyword == "application_name") name = value;
    }
    EXPECT_EQ(name, "mine");
    EXPECT_TRUE(options.ends_with("-cstatement_timeout=1")) << options;
}

}  // namespace
}  // namespace tw::sql
