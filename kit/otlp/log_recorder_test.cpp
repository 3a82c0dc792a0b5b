#include "kit/otlp/recorder_fixture.hpp"
#include "kit/telemetry/otlp_log_recorder.hpp"

#include <opentelemetry/proto/logs/v1/logs.pb.h>
#include <utility>

#include <gtest/gtest.h>

// Reads the output of kit/telemetry's recorder by protobuf's own decoder.
namespace tw::telemetry {
namespace {

namespace proto = opentelemetry::proto;
using namespace test;

TEST(LogRecorder, a_record_has_everything) {
    std::vector<proto::logs::v1::LogRecord> read;
    OtlpLogRecorder recorder{{.count_max = 2}, 2, [&](OtlpBatch& full) {
                                 proto::logs::v1::ScopeLogs scope;
                                 EXPECT_TRUE(scope.ParseFromString(full.bytes));
                                 read.assign(scope.log_records().begin(), scope.log_records().end());
                                 full = {};
                             }};
    const auto context = trace(4);
    recorder.record({at(7),
                     Severity::warn,
                     "shop",
                     &context,
                     "order.late",
                     {{"a", 1}, {"b", "x"}, {"c", 2}},
                     "bo\xff"
                     "dy"});
    EXPECT_TRUE(read.empty());
    recorder.record({at(8), Severity::info, "shop", nullptr, "started", {}, ""});
    ASSERT_EQ(read.size(), 2U);
    EXPECT_EQ(read[0].time_unix_nano(), nanos(at(7)));
    EXPECT_EQ(read[0].observed_time_unix_nano(), nanos(at(7)));
    EXPECT_EQ(read[0].severity_number(), proto::logs::v1::SEVERITY_NUMBER_WARN);
    EXPECT_EQ(read[0].severity_text(), "WARN");
    EXPECT_EQ(read[0].body().string_value(),
              "bo\xef\xbf\xbd"
              "dy");
    EXPECT_EQ(read[0].event_name(), "order.late");
    EXPECT_EQ(read[0].trace_id(), bytes(context.trace_id));
    EXPECT_EQ(read[0].span_id(), bytes(context.span_id));
    EXPECT_EQ(read[0].flags(), context.flags);
    EXPECT_EQ(read[0].attributes_size(), 2);
    EXPECT_EQ(read[0].dropped_attributes_count(), 1U);
    EXPECT_EQ(read[1].trace_id(), "");
    EXPECT_FALSE(read[1].has_body());
}

TEST(LogRecorder, random_records_come_out_as_they_went_in) {
    Chaos chaos{7};
    std::string all;
    OtlpLogRecorder recorder{{}, 32, [&](OtlpBatch& full) {
                                 all += full.bytes;
                                 full = {};
                             }};
    std::vector<std::pair<std::string, std::string>> written;
    for (int i = 0; i < 300; ++i) {
        const auto& [body, value] = written.emplace_back(chaos.text(300), chaos.text(300));
        const auto context = chaos.context();
        recorder.record({chaos.when(), Severity::error, "s", &context, "event", {{"value", value}, {"n", i}}, body});
    }
    recorder.flush();
    proto::logs::v1::ScopeLogs scope;
    ASSERT_TRUE(scope.ParseFromString(all));
    ASSERT_EQ(static_cast<std::size_t>(scope.log_records_size()), written.size());
    for (int i = 0; i < scope.log_records_size(); ++i) {
        const auto& record = scope.log_records(i);
        expect_text(record.body().string_value(), written[static_cast<std::size_t>(i)].first);
        expect_text(record.attributes(0).value().string_value(), written[static_cast<std::size_t>(i)].second);
        EXPECT_EQ(record.attributes(1).value().int_value(), i);
    }
}

}  // namespace
}  // namespace tw::telemetry
