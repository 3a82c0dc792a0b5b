#include "kit/sql/row_reader.hpp"

#include "kit/telemetry/collected_logs.hpp"
#include "kit/telemetry/collected_spans.hpp"

#include <limits>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace tw::sql {
namespace {

struct Tag;

Row row(std::vector<Value> values) { return Row{std::move(values)}; }

class RowReaderTest : public testing::Test {
 protected:
    Result<std::int64_t> read_age(const Row& from) {
        return reader_.read(call_.context(), from, [](const Row& each) { return each.get<std::int64_t>(1); });
    }
    double counted() {
        std::vector<telemetry::MetricPoint> points;
        meter_.collect(points);
        double sum = 0;
        for (const auto& point : points) {
            if (point.instrument->name != "tw.db.unreadable_rows") continue;
            const telemetry::MetricAttributes of_users{{"db.collection.name", std::string{"users"}}};
            EXPECT_EQ(point.attributes, of_users);
            sum += point.value;
        }
        return sum;
    }

    SystemClock clock_;
    Random random_{1};
    telemetry::CollectedLogs logs_;
    telemetry::Tracer tracer_{clock_, random_};
    telemetry::Logger log_{"test",  clock_, logs_, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info),
                           nullptr, 0};
    telemetry::Meter meter_;
    EventLoop loop_;
    RootCall call_{loop_};
    RowReader reader_{{.tracer = tracer_, .log = log_, .meter = meter_}, "users"};
};

TEST_F(RowReaderTest, a_row_that_can_be_read_is_what_it_stands_for) {
    EXPECT_EQ(read_age(row({std::string{"u1"}, std::int64_t{7}})).value(), 7);
    EXPECT_EQ(counted(), 0);
    EXPECT_TRUE(logs_.lines().empty());
}

TEST_F(RowReaderTest, a_row_that_cannot_be_read_is_data_loss_that_is_counted_and_told_with_table_and_key) {
    const auto lost = read_age(row({std::string{"u1"}, std::string{"old"}}));
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().code(), Code::data_loss);
    EXPECT_EQ(lost.error().reason(), "ROW_UNREADABLE");
    EXPECT_FALSE(lost.error().retryable());
    EXPECT_FALSE(lost.error().outcome_open());
    EXPECT_EQ(lost.error().detail().find("u1"), std::string::npos);
    EXPECT_EQ(counted(), 1);
    ASSERT_EQ(logs_.lines().size(), 1U);
    EXPECT_TRUE(logs_.contain("db.row_unreadable"));
    EXPECT_TRUE(logs_.contain("\"db.collection.name\":\"users\""));
    EXPECT_TRUE(logs_.contain("\"tw.db.row_key\":\"u1\""));
    EXPECT_TRUE(logs_.contain("column 2"));
}

TEST_F(RowReaderTest, a_row_that_is_met_again_and_again_is_counted_each_time_and_told_once) {
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(read_age(row({std::string{"u1"}, Value{Null{}}})));
    EXPECT_FALSE(read_age(row({std::string{"u2"}, Value{Null{}}})));
    EXPECT_EQ(counted(), 6);
    EXPECT_EQ(logs_.lines().size(), 2U);
}

TEST_F(RowReaderTest, a_table_full_of_unreadable_rows_writes_a_bounded_number_of_lines) {
    for (std::size_t i = 0; i < RowReader::kLoggedRowsMax + 50; ++i) {
        EXPECT_FALSE(read_age(row({"u" + std::to_string(i), Value{Null{}}})));
    }
    EXPECT_EQ(counted(), RowReader::kLoggedRowsMax + 50);
    EXPECT_EQ(logs_.lines().size(), RowReader::kLoggedRowsMax);
}

TEST_F(RowReaderTest, a_key_that_is_no_text_or_very_long_does_not_spoil_the_log) {
    EXPECT_FALSE(read_age(row({Value{Null{}}, Value{Null{}}})));
    EXPECT_FALSE(read_age(row({std::string{"\xff\xfe"}, Value{Null{}}})));
    std::string long_key;
    for (int i = 0; i < 1000; ++i) long_key += "ü";
    EXPECT_FALSE(read_age(row({long_key, Value{Null{}}})));
    std::string cut;
    for (int i = 0; i < 100; ++i) cut += "ü";
    EXPECT_TRUE(logs_.contain("\"tw.db.row_key\":\"" + cut + "…\""));
}

TEST_F(RowReaderTest, other_exceptions_are_bugs_and_pass) {
    const auto beyond = [](const Row& each) { return each.get<std::int64_t>(2); };
    const auto short_row = row({std::string{"u1"}});
    EXPECT_THROW(static_cast<void>(reader_.read(call_.context(), short_row, beyond)), std::out_of_range);
}

TEST(RowTest, a_value_that_its_column_should_not_hold_cannot_be_read) {
    const auto odd = row({std::string{"text"}, std::int64_t{1} << 40, std::string{"\xc3"}, Value{Null{}},
                          Timestamp::from_unix_micros(std::numeric_limits<std::int64_t>::max()), std::int64_t{-1}});
    EXPECT_THROW(odd.get<std::int64_t>(0), UnreadableValue);
    EXPECT_THROW(odd.get<double>(0), UnreadableValue);
    EXPECT_THROW(odd.get<bool>(0), UnreadableValue);
    EXPECT_THROW(odd.get<Timestamp>(0), UnreadableValue);
    EXPECT_THROW(odd.get<Id<Tag>>(0), UnreadableValue);
    EXPECT_THROW(odd.get<std::int32_t>(1), UnreadableValue);
    EXPECT_THROW(odd.get<std::string>(1), UnreadableValue);
    EXPECT_THROW(odd.get<std::string>(2), UnreadableValue);
    EXPECT_THROW(odd.get<std::string>(3), UnreadableValue);
    EXPECT_THROW(odd.get<Timestamp>(4), UnreadableValue);
    EXPECT_THROW(odd.get<std::uint32_t>(5), UnreadableValue);
    EXPECT_EQ(odd.get<std::optional<std::string>>(3), std::nullopt);
    EXPECT_EQ(odd.get<std::int64_t>(1), std::int64_t{1} << 40);
}

TEST(RowTest, a_text_that_is_none_of_those_that_may_stand_there_cannot_be_read) {
    const auto one_or_two = [](std::string_view text) -> std::optional<int> {
        if (text == "one") return 1;
        if (text == "two") return 2;
        return std::nullopt;
    };
    const auto words = row({std::string{"two"}, std::string{"three"}});
    EXPECT_EQ(words.parsed(0, one_or_two), 2);
    EXPECT_THROW(words.parsed(1, one_or_two), UnreadableValue);
}

TEST(RowTest, the_first_and_the_last_time_that_can_be_written_can_be_read) {
    for (const std::string_view text : {"0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"}) {
        const auto time = Timestamp::parse(text).value();
        EXPECT_EQ(row({time}).get<Timestamp>(0).to_string(), text);
        EXPECT_EQ(row({time.unix_micros()}).get<Timestamp>(0), time);
    }
    const auto late = Timestamp::parse("9999-12-31T23:59:59.999999Z").value() + std::chrono::microseconds{1};
    EXPECT_THROW(row({late}).get<Timestamp>(0), UnreadableValue);
}

}  // namespace
}  // namespace tw::sql
