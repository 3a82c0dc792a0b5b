#include "services/console/archive/sampler.hpp"

#include "services/console/archive/archive_fixture.hpp"
#include "services/console/archive/file_writer.hpp"
#include "services/console/archive/otlp_reader.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::console::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using telemetry::Signal;

constexpr std::size_t kPerSecond = 1000;
constexpr std::size_t kBytesMax = 1024UL * 1024;
constexpr SteadyTime kBegin{std::chrono::hours{1}};

class SamplerTest : public testing::Test {
 protected:
    /// Gives requests to the sampler and returns the numbers of spans that are stored, by trace.
    std::map<TraceId, std::size_t> choose(const SpanRequest& request) {
        std::vector requests{request.bytes()};
        Batch batch;
        EXPECT_TRUE(read_request(Signal::traces, requests.front(), batch));
        auto groups = group_by_trace(batch);
        sampler.choose(batch, groups, now);
        std::map<TraceId, std::size_t> stored;
        for (const auto& group : groups) stored[batch.spans[group.begin].trace_id] += group.count;
        for (const auto& records : sampler.bring_back()) {
            Batch back;
            EXPECT_TRUE(read_request(records.signal, records.request, back));
            EXPECT_EQ(back.spans.size() + back.logs.size(), records.count);
            for (const auto& span : back.spans) ++stored[span.trace_id];
            logs_back += back.logs.size();
        }
        sampler.hold(std::move(requests));
        return stored;
    }
    std::size_t logs_kept(const LogRequest& request) {
        std::vector requests{request.bytes()};
        Batch batch;
        EXPECT_TRUE(read_request(Signal::logs, requests.front(), batch));
        std::vector<TraceGroup> none;
        sampler.choose(batch, none, now);
        sampler.hold(std::move(requests));
        return batch.logs.size();
    }
    /// Sends so many traces of one span that only a part of them is stored; returns how many are.
    std::size_t flood(std::uint64_t traces, const char* service = "flood") {
        SpanRequest request;
        request.from(service);
        for (std::uint64_t i = 0; i < traces; ++i) request.span(++last_trace, 1);
        return choose(request).size();
    }
    static TraceId trace_id(std::uint64_t number) {
        TraceId id{};
        const auto bytes = id_of(number, id.size());
        std::ranges::copy(bytes, id.begin());
        return id;
    }

    SteadyTime now = kBegin;
    Sampler sampler{kPerSecond, kBytesMax};
    std::uint64_t last_trace = 1'000'000;
    std::size_t logs_back = 0;
};

TEST_F(SamplerTest, all_is_stored_that_there_is_room_for) {
    for (int i = 0; i < 20; ++i, now += milliseconds{100}) EXPECT_EQ(flood(100), 100U);
    EXPECT_EQ(sampler.share(), 1);
}

TEST_F(SamplerTest, about_as_much_is_stored_as_there_is_room_for) {
    std::size_t stored = 0;
    for (int i = 0; i < 30; ++i, now += milliseconds{100}) {
        const auto of_batch = flood(kPerSecond);
        if (i >= 20) stored += of_batch;
    }
    EXPECT_NEAR(static_cast<double>(stored), kPerSecond, 200);
    EXPECT_LT(sampler.share(), 0.15);
    now += seconds{2};
    EXPECT_EQ(flood(10), 10U);
    EXPECT_EQ(sampler.share(), 1);
}

TEST_F(SamplerTest, a_quiet_service_keeps_its_traces) {
    flood(10 * kPerSecond, "loud");
    EXPECT_EQ(flood(100, "quiet"), 100U);
    EXPECT_LT(flood(kPerSecond, "loud"), 300U);
}

TEST_F(SamplerTest, the_spans_of_a_trace_have_the_same_fate) {
    SpanRequest first;
    SpanRequest second;
    for (std::uint64_t trace = 1; trace <= 10 * kPerSecond; ++trace) {
        first.span(trace, 1);
        second.span(trace, 2, 1);
    }
    const auto stored = choose(first);
    now += milliseconds{300};
    // With spans that were brought back, if the share has grown.
    for (const auto& [trace, spans] : choose(second)) EXPECT_EQ(spans, stored.contains(trace) ? 1U : 2U);
}

TEST_F(SamplerTest, a_trace_with_an_error_is_stored_with_what_came_before) {
    SpanRequest before;
    for (std::uint64_t trace = 1; trace <= 10 * kPerSecond; ++trace) before.span(trace, 1);
    const auto stored = choose(before);
    std::uint64_t left_out = 1;
    while (stored.contains(trace_id(left_out))) ++left_out;
    LogRequest said;
    said.log("said before", left_out, 1);
    EXPECT_EQ(logs_kept(said), 0U);
    now += seconds{5};
    flood(10 * kPerSecond);
    SpanRequest failed;
    failed.span(left_out, 2, 1);
    failed.last().mutable_status()->set_code(opentelemetry::proto::trace::v1::Status::STATUS_CODE_ERROR);
    EXPECT_THAT(choose(failed), testing::ElementsAre(std::pair{trace_id(left_out), 2U}));
    EXPECT_EQ(logs_back, 1U);
    SpanRequest after;
    after.span(left_out, 3, 1);
    EXPECT_THAT(choose(after), testing::ElementsAre(std::pair{trace_id(left_out), 1U}));
}

TEST_F(SamplerTest, a_call_slower_than_99_of_100_of_its_operation_is_stored) {
    flood(10 * kPerSecond);
    std::size_t stored = 0;
    for (std::uint64_t i = 0; i < 20; ++i) {
        SpanRequest slow;
        slow.from("flood").span(++last_trace, 1).at(0, 3'000'000);
        stored += choose(slow).size();
    }
    EXPECT_EQ(stored, 20U) << "the others take 1 ms";
}

TEST_F(SamplerTest, warnings_and_records_without_a_trace_are_stored) {
    flood(100 * kPerSecond);
    LogRequest request;
    for (std::uint64_t i = 0; i < 200; ++i) request.log("said", ++last_trace, 1);
    for (int i = 0; i < 10; ++i) request.log("no trace");
    for (int i = 0; i < 10; ++i) {
        request.log("warned", ++last_trace, 1);
        request.last().set_severity_number(opentelemetry::proto::logs::v1::SEVERITY_NUMBER_WARN);
    }
    // Those of "shop" have a fair share, which is half.
    flood(100 * kPerSecond, "shop");
    const auto kept = logs_kept(request);
    EXPECT_GE(kept, 20U);
    EXPECT_LT(kept, 60U);
}

TEST_F(SamplerTest, what_was_not_stored_is_not_remembered) {
    flood(10 * kPerSecond);
    SpanRequest request;
    for (std::uint64_t trace = 1; trace <= 100; ++trace) request.from("flood").span(trace, 1);
    const auto bytes = request.bytes();
    Batch batch;
    ASSERT_TRUE(read_request(Signal::traces, bytes, batch));
    auto groups = group_by_trace(batch);
    sampler.choose(batch, groups, now);
    SpanRequest failed;
    failed.from("flood");
    for (std::uint64_t trace = 1; trace <= 100; ++trace) {
        failed.span(trace, 2, 1);
        failed.last().mutable_status()->set_code(opentelemetry::proto::trace::v1::Status::STATUS_CODE_ERROR);
    }
    for (const auto& [trace, spans] : choose(failed)) EXPECT_EQ(spans, 1U);
}

TEST_F(SamplerTest, what_is_left_out_is_counted_when_it_is_too_old) {
    const auto stored = flood(10 * kPerSecond);
    const auto at_once = sampler.forget(now);
    now += LeftOut::kAgeMax + milliseconds{1};
    auto later = sampler.forget(now);
    for (const auto& [signal, records] : at_once) later[signal] += records;
    EXPECT_EQ(later[Signal::traces], 10 * kPerSecond - stored);
    EXPECT_TRUE(sampler.forget(now).empty());
}

TEST(LeftOut, it_has_a_bound_of_size) {
    const auto size_of_one = SpanRequest{}.span(1, 1).span(1, 2).span(1, 3).bytes().size();
    LeftOut left_out{2 * size_of_one};
    const auto leave_out = [&](std::uint64_t trace, bool stored) {
        std::vector requests{SpanRequest{}.span(trace, 1).span(trace, 2).span(trace, 3).bytes()};
        Batch batch;
        ASSERT_TRUE(read_request(Signal::traces, requests.front(), batch));
        left_out.begin(kBegin);
        left_out.add_spans(batch, 0, 3);
        if (stored) left_out.hold(std::move(requests));
    };
    for (std::uint64_t i = 1; i <= 5; ++i) leave_out(i, true);
    leave_out(6, false);
    EXPECT_EQ(left_out.forget(kBegin)[Signal::traces], 9U);
    EXPECT_EQ(left_out.bytes(), 2 * size_of_one);
    const auto id = [](std::uint64_t number) {
        TraceId trace{};
        std::ranges::copy(id_of(number, 16), trace.begin());
        return trace;
    };
    EXPECT_THAT(left_out.take(id(1)), testing::IsEmpty());
    const auto taken = left_out.take(id(4));
    ASSERT_THAT(taken, testing::SizeIs(1));
    EXPECT_EQ(taken.front().request, SpanRequest{}.span(4, 1).span(4, 2).span(4, 3).bytes());
    EXPECT_THAT(left_out.take(id(4)), testing::IsEmpty());
    leave_out(7, true);
    EXPECT_EQ(left_out.forget(kBegin), (std::unordered_map<Signal, std::uint64_t>{})) << "all of it was taken";
    EXPECT_THAT(left_out.take(id(6)), testing::IsEmpty()) << "its batch was not stored";
    EXPECT_THAT(left_out.take(id(7)), testing::SizeIs(1));
}

TEST(SlowSpans, one_of_a_hundred_is_slow) {
    SlowSpans slow;
    const Source source{.service = "order"};
    std::size_t found = 0;
    for (std::int64_t i = 0; i < 20'000; ++i) {
        SpanRecord span;
        span.kind = 2;
        span.name = "CreateOrder";
        span.source = &source;
        // From 1 to 10 ms, in no order.
        span.end_ns = 1'000'000 + (i * 7919 % 1000) * 9000;
        found += slow.add(span) ? 1 : 0;
    }
    EXPECT_LT(found, 400U);
    SpanRecord slowest;
    slowest.kind = 2;
    slowest.name = "CreateOrder";
    slowest.source = &source;
    slowest.end_ns = 12'000'000;
    EXPECT_TRUE(slow.add(slowest));
    slowest.kind = 3;
    slowest.parent_span_id = SpanId{1};
    EXPECT_FALSE(slow.add(slowest)) << "clients and internal spans do not count";
}

TEST(FairShares, who_sends_little_loses_nothing_and_the_others_have_equal_parts) {
    FairShares shares{100};
    shares.advance(kBegin);
    shares.count("a", 10);
    shares.count("b", 100);
    shares.count("c", 200);
    shares.divide();
    EXPECT_DOUBLE_EQ(shares.of("a"), 1);
    EXPECT_DOUBLE_EQ(shares.of("b"), 0.45);
    EXPECT_DOUBLE_EQ(shares.of("c"), 0.225);
    EXPECT_DOUBLE_EQ(shares.of_all(), 100.0 / 310);
    EXPECT_DOUBLE_EQ(shares.of("unknown"), 1);
    shares.advance(kBegin + seconds{1});
    shares.divide();
    EXPECT_DOUBLE_EQ(shares.of("c"), 1);
}

TEST(FairShares, there_may_be_no_bound) {
    FairShares shares{0};
    shares.advance(kBegin);
    shares.count("a", 1'000'000);
    shares.divide();
    EXPECT_DOUBLE_EQ(shares.of("a"), 1);
}

}  // namespace
}  // namespace tw::console::test
