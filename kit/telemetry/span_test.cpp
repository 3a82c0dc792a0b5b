#include "kit/telemetry/span.hpp"

#include "kit/telemetry/collected_spans.hpp"

#include <set>
#include <utility>

#include <gtest/gtest.h>

namespace tw::telemetry {
namespace {

/// A clock that advances by a microsecond each time it is read.
class TickingClock final : public Clock {
 public:
    Timestamp now() const override { return Timestamp::from_unix_micros(++micros_); }
    SteadyTime steady_now() const override { return {}; }

 private:
    mutable std::int64_t micros_ = 0;
};

class SpanTest : public testing::Test {
 protected:
    EventLoop loop_;
    RootCall call_{loop_};
    TickingClock clock_;
    Random random_{7};
    CollectedSpans spans_;
    Tracer tracer_{clock_, random_, &spans_};
};

TEST_F(SpanTest, without_a_parent_starts_a_sampled_trace_with_a_random_id) {
    const auto span = tracer_.start(call_.context(), "root", SpanKind::server);
    const auto& trace = span.context().trace();
    EXPECT_TRUE(trace.valid());
    EXPECT_EQ(trace.flags, TraceContext::kSampled | TraceContext::kRandom);
    EXPECT_EQ(spans_.spans().at(0).parent, TraceContext::SpanId{});
    EXPECT_EQ(spans_.spans().at(0).kind, SpanKind::server);
}

TEST_F(SpanTest, a_child_is_in_the_same_trace_below_its_parent) {
    const auto root = tracer_.start(call_.context(), "root", SpanKind::server);
    const auto child = tracer_.start(root.context(), "child", SpanKind::client);
    EXPECT_EQ(child.context().trace().trace_id, root.context().trace().trace_id);
    EXPECT_NE(child.context().trace().span_id, root.context().trace().span_id);
    EXPECT_EQ(spans_.find("child")->parent, root.context().trace().span_id);
}

TEST_F(SpanTest, what_happened_elsewhere_is_told_afterwards_with_its_own_times_and_ids) {
    const auto parent = tracer_.start(call_.context(), "parent", SpanKind::client);
    auto trace = parent.context().trace();
    trace.span_id = {1, 2, 3, 4, 5, 6, 7, 8};
    auto span = tracer_.start_at(parent.context(), trace, "past", SpanKind::client, Timestamp::from_unix_micros(5));
    span.end_at(Timestamp::from_unix_micros(9));
    const auto& past = *spans_.find("past");
    EXPECT_EQ(past.trace.span_id, trace.span_id);
    EXPECT_EQ(past.parent, parent.context().trace().span_id);
    EXPECT_EQ(past.start, Timestamp::from_unix_micros(5));
    EXPECT_EQ(past.end, Timestamp::from_unix_micros(9));
    trace.flags = 0;
    EXPECT_FALSE(tracer_.start_at(parent.context(), trace, "quiet", SpanKind::client, clock_.now()).recording());
}

TEST_F(SpanTest, only_the_first_span_of_a_process_has_a_remote_parent) {
    TraceContext remote{.flags = TraceContext::kSampled, .remote = true};
    remote.trace_id[0] = remote.span_id[0] = 1;
    const auto server = tracer_.start(call_.context().with_trace(remote), "server", SpanKind::server);
    const auto child = tracer_.start(server.context(), "child", SpanKind::client);
    EXPECT_TRUE(spans_.find("server")->parent_remote);
    EXPECT_FALSE(spans_.find("child")->parent_remote);
    EXPECT_FALSE(child.context().trace().remote);
}

TEST_F(SpanTest, a_parent_that_is_not_sampled_is_passed_on_but_nothing_is_recorded) {
    TraceContext remote;
    remote.trace_id[0] = remote.span_id[0] = 1;
    remote.state = std::make_shared<const std::string>("a=1");
    auto span = tracer_.start(call_.context().with_trace(remote), "quiet", SpanKind::server);
    span.set("key", 1);
    EXPECT_FALSE(span.recording());
    EXPECT_TRUE(spans_.spans().empty());
    EXPECT_EQ(span.context().trace().trace_id, remote.trace_id);
    EXPECT_FALSE(span.context().trace().sampled());
    EXPECT_EQ(span.context().trace().state, remote.state);
}

TEST_F(SpanTest, no_trace_begins_where_none_is_wanted) {
    const auto round = call_.context().with_trace(TraceContext::no_trace());
    const auto span = tracer_.start(round, "SELECT work", SpanKind::client);
    const auto child = tracer_.start(span.context(), "child", SpanKind::client);
    EXPECT_FALSE(span.context().trace().valid());
    EXPECT_FALSE(child.context().trace().valid());
    EXPECT_TRUE(spans_.spans().empty());
    const auto begun = tracer_.start(round.with_trace({}), "work", SpanKind::internal);
    EXPECT_TRUE(begun.recording());
    EXPECT_EQ(spans_.spans().size(), 1U);
}

TEST_F(SpanTest, ends_when_it_is_destroyed_and_only_once) {
    {
        auto span = tracer_.start(call_.context(), "ended", SpanKind::internal);
        EXPECT_FALSE(spans_.spans().at(0).end);
        span.end();
        EXPECT_EQ(spans_.spans().at(0).end, Timestamp::from_unix_micros(2));
        span.set("late", 1);
    }
    EXPECT_EQ(spans_.spans().at(0).end, Timestamp::from_unix_micros(2));
    EXPECT_FALSE(spans_.spans().at(0).text("late"));
    {
        const auto span = tracer_.start(call_.context(), "left", SpanKind::internal);
    }
    EXPECT_TRUE(spans_.find("left")->end);
}

TEST_F(SpanTest, is_ended_by_whoever_it_was_moved_to) {
    auto first = tracer_.start(call_.context(), "moved", SpanKind::internal);
    {
        auto second = std::move(first);
        EXPECT_TRUE(second.recording());
        second.set("key", "value");
    }
    EXPECT_TRUE(spans_.spans().at(0).end);
    EXPECT_EQ(spans_.spans().at(0).text("key"), "value");
}

TEST_F(SpanTest, records_attributes_events_links_names_and_failure) {
    auto other = tracer_.start(call_.context(), "other", SpanKind::internal);
    auto span = tracer_.start(call_.context(), "before", SpanKind::internal);
    span.rename("after");
    span.set("flag", true);
    span.set("count", 2);
    span.add_event("retry", {{"attempt", 1}});
    span.link(other.context().trace());
    span.fail(not_found("user", "u1"));
    const auto* record = spans_.find("after");
    ASSERT_NE(record, nullptr);
    EXPECT_EQ(record->text("flag"), "true");
    EXPECT_EQ(record->text("count"), "2");
    EXPECT_EQ(record->text("error.type"), "NOT_FOUND");
    EXPECT_EQ(record->events.at(0).name, "retry");
    EXPECT_EQ(record->links.at(0).span_id, other.context().trace().span_id);
    EXPECT_EQ(record->failure, "USER_NOT_FOUND") << "the detail repeats what a caller sent";
}

TEST_F(SpanTest, without_a_recorder_still_carries_the_trace) {
    const Tracer silent{clock_, random_};
    const auto span = silent.start(call_.context(), "x", SpanKind::internal);
    EXPECT_FALSE(span.recording());
    EXPECT_TRUE(span.context().trace().sampled());
}

TEST_F(SpanTest, the_sampler_decides_and_the_context_says_so) {
    const Tracer never{clock_, random_, &spans_, Sampler::parent_based(Sampler::always_off())};
    auto root = never.start(call_.context(), "root", SpanKind::server);
    EXPECT_FALSE(root.recording());
    EXPECT_TRUE(root.context().trace().valid());
    EXPECT_FALSE(root.context().trace().sampled());
    EXPECT_FALSE(tracer_.start(root.context(), "child", SpanKind::client).recording());

    const Tracer always{clock_, random_, &spans_, Sampler::always_on()};
    const auto child = always.start(root.context(), "child", SpanKind::client);
    EXPECT_TRUE(child.recording());
    EXPECT_TRUE(child.context().trace().sampled());
}

TEST(TraceIds, differ_from_each_other_and_between_generators) {
    Random random;
    TraceIds one{random};
    TraceIds other{random};
    std::set<TraceContext::TraceId> seen;
    for (int i = 0; i < 1000; ++i) {
        TraceContext::TraceId id{};
        one.fill(id);
        seen.insert(id);
        other.fill(id);
        seen.insert(id);
    }
    EXPECT_EQ(seen.size(), 2000U);
}

}  // namespace
}  // namespace tw::telemetry
