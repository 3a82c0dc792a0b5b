#include "services/console/archive/archive_fixture.hpp"

#include <sys/resource.h>

#include <gmock/gmock.h>

namespace tw::console::test {
namespace {

using telemetry::Signal;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(ArchiveTest, a_trace_can_be_read_as_soon_as_done_is_called) {
    SpanRequest request;
    request.from("gateway").span(1, 1, 0, "POST /orders").from("order").span(1, 2, 1, "CreateOrder");
    ASSERT_EQ(store(request).value().rejected, 0U);
    const auto listed = traces();
    ASSERT_EQ(listed.traces_size(), 1);
    EXPECT_EQ(listed.traces(0).trace_id(), trace_hex(1));
    EXPECT_EQ(listed.traces(0).name(), "POST /orders");
    EXPECT_EQ(listed.traces(0).spans(), 2);
    EXPECT_THAT(listed.next_page_token(), IsEmpty());
    EXPECT_EQ(listed.searched_back_to_us(), 0);
    EXPECT_THAT(trace(1).value().span_ids(), testing::SizeIs(2));
}

TEST_F(ArchiveTest, the_bytes_of_a_trace_are_those_that_came) {
    SpanRequest request;
    request.from("shop").span(1, 1).with("a", "b").span(1, 2, 1);
    request.last().GetReflection()->MutableUnknownFields(&request.last())->AddVarint(900, 5);
    const auto bytes = request.bytes();
    ASSERT_TRUE(store(Signal::traces, bytes));
    EXPECT_EQ(archive_->get_otlp(trace_hex(1)).value(), bytes);
}

TEST_F(ArchiveTest, a_trace_that_comes_in_three_requests_is_one_row) {
    ASSERT_TRUE(store(SpanRequest{}.from("order").span(1, 2, 1, "CreateOrder")));
    EXPECT_TRUE(traces().traces(0).root_missing());
    ASSERT_TRUE(store(SpanRequest{}.from("catalog").span(1, 3, 2, "Reserve")));
    ASSERT_TRUE(store(SpanRequest{}.from("gateway").span(1, 1, 0, "POST /orders")));
    const auto listed = traces();
    ASSERT_EQ(listed.traces_size(), 1);
    EXPECT_FALSE(listed.traces(0).root_missing());
    EXPECT_EQ(listed.traces(0).name(), "POST /orders");
    EXPECT_EQ(listed.traces(0).spans(), 3);
    EXPECT_EQ(listed.traces(0).duration_ns(), 3'000'000);
    EXPECT_THAT(trace(1).value().span_ids(), testing::SizeIs(3));
    EXPECT_EQ(status().traces(), 1);
    EXPECT_EQ(status().spans(), 3);
}

TEST_F(ArchiveTest, the_summary_of_a_large_trace_grows_without_reading_it_again) {
    for (std::uint64_t part = 0; part < 3; ++part) {
        SpanRequest request;
        request.from(fmt::format("service-{}", part));
        for (std::uint64_t i = 1; i <= 1500; ++i) request.span(1, part * 1500 + i, part + i == 1 ? 0 : 1);
        ASSERT_TRUE(store(request));
    }
    const auto summary = traces().traces(0);
    EXPECT_EQ(summary.spans(), 4500);
    EXPECT_EQ(summary.duration_ns(), 4'500'000'000);
    EXPECT_THAT(summary.services(), ElementsAre("service-0", "service-1", "service-2"));
    EXPECT_FALSE(summary.root_missing());
}

TEST_F(ArchiveTest, a_span_that_was_sent_twice_is_shown_once) {
    ASSERT_TRUE(store(SpanRequest{}.span(1, 1)));
    ASSERT_TRUE(store(SpanRequest{}.span(1, 1)));
    EXPECT_THAT(trace(1).value().span_ids(), testing::SizeIs(1));
}

TEST_F(ArchiveTest, refused_records_are_counted_with_their_reason) {
    SpanRequest request;
    request.span(1, 1).span(1, 2).last().set_trace_id("short");
    const auto accepted = store(request).value();
    EXPECT_EQ(accepted.rejected, 1U);
    EXPECT_THAT(accepted.reason, HasSubstr("trace id"));
    const auto now = status();
    EXPECT_EQ(now.received(), 2);
    ASSERT_EQ(now.losses_size(), 1);
    EXPECT_EQ(now.losses(0).records(), 1);
    EXPECT_THAT(now.losses(0).reason(), HasSubstr("trace id"));
    EXPECT_EQ(now.losses(0).last_us(), kStartUs);
}

TEST_F(ArchiveTest, an_unreadable_request_is_refused_and_its_neighbours_are_stored) {
    const auto outcome = store(Signal::traces, "no protobuf");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), Code::invalid_argument);
    ASSERT_TRUE(store(SpanRequest{}.span(1, 1)));
    EXPECT_EQ(traces().traces_size(), 1);
}

TEST_F(ArchiveTest, metrics_are_taken_and_neither_kept_nor_counted_as_lost) {
    ASSERT_TRUE(store(Signal::metrics, std::string{}));
    EXPECT_THAT(status().losses(), IsEmpty());
    EXPECT_FALSE(store(Signal::metrics, "no protobuf"));
}

TEST_F(ArchiveTest, a_service_that_has_sent_anything_is_on_the_map) {
    // Requests for metrics have the same form, up to their records.
    ASSERT_TRUE(store(Signal::metrics, LogRequest{}.log("a metric").bytes()));
    const auto map = archive_->get_map({}).value();
    ASSERT_EQ(map.nodes_size(), 1);
    EXPECT_EQ(map.nodes(0).name(), "shop");
    EXPECT_EQ(map.nodes(0).kind(), "service");
    EXPECT_EQ(map.nodes(0).calls(), 0);
    EXPECT_EQ(status().log_records(), 0);
}

TEST_F(ArchiveTest, a_sender_that_nobody_calls_is_not_on_the_map) {
    options_.senders_not_called = {"shop"};
    ASSERT_TRUE(store(LogRequest{}.log("said")));
    EXPECT_EQ(archive_->get_map({}).value().nodes_size(), 0);
    EXPECT_EQ(status().log_records(), 1);
}

TEST_F(ArchiveTest, log_records_are_listed_newest_first_and_by_their_trace) {
    ASSERT_TRUE(store(SpanRequest{}.span(1, 5)));
    ASSERT_TRUE(store(LogRequest{}.log("first", 1, 5).log("second")));
    const auto all = logs();
    ASSERT_EQ(all.records_size(), 2);
    EXPECT_EQ(all.records(0).body(), "second");
    EXPECT_GT(all.records(0).id(), all.records(1).id());
    ::console::ListLogsRequest of_trace;
    of_trace.set_trace_id(trace_hex(1));
    const auto found = archive_->list_logs(of_trace).value();
    ASSERT_EQ(found.records_size(), 1);
    EXPECT_EQ(found.records(0).body(), "first");
    EXPECT_EQ(trace(1).value().logs(0), 1);
    EXPECT_EQ(logs("second").records_size(), 1);
    EXPECT_EQ(status().log_records(), 2);
}

TEST_F(ArchiveTest, what_is_not_there_is_not_found) {
    open();
    EXPECT_EQ(trace(1).error().reason(), "TRACE_NOT_FOUND");
    ASSERT_TRUE(store(SpanRequest{}.span(1, 1)));
    ::console::GetSpanRequest request;
    request.set_trace_id(trace_hex(1));
    request.set_span_id(span_hex(1));
    EXPECT_EQ(archive_->get_span(request).value().span_id(), span_hex(1));
    request.set_span_id(span_hex(2));
    EXPECT_EQ(archive_->get_span(request).error().reason(), "SPAN_NOT_FOUND");
    request.set_trace_id("no id");
    EXPECT_EQ(archive_->get_span(request).error().code(), Code::invalid_argument);
}

TEST_F(ArchiveTest, arrivals_are_told_with_the_whole_summary) {
    open();
    std::vector<Arrived> told;
    archive_->on_arrival([&](const Arrived& arrived) { told.push_back(arrived); });
    ASSERT_TRUE(store(SpanRequest{}.span(1, 1)));
    ASSERT_TRUE(store(SpanRequest{}.span(1, 2, 1)));
    ASSERT_TRUE(store(LogRequest{}.log("said")));
    archive_.reset();
    ASSERT_EQ(told.size(), 3U);
    EXPECT_EQ(told[1].traces.at(0).spans(), 2);
    EXPECT_EQ(told[2].logs.at(0).body(), "said");
}

TEST_F(ArchiveTest, what_finds_no_room_is_refused_or_counted_as_lost) {
    const auto request = SpanRequest{}.span(1, 1).span(1, 2).bytes();
    options_.waiting_bytes_max = request.size() + request.size() / 2;
    open();
    std::promise<void> storing;
    std::promise<void> go_on;
    const auto gone_on = go_on.get_future().share();
    std::once_flag once;
    archive_->on_arrival([&](const Arrived&) {
        std::call_once(once, [&] {
            storing.set_value();
            gone_on.wait();
        });
    });
    archive_->add(Signal::traces, request, {});
    storing.get_future().wait();
    // The first request still has its room, as it is being stored.
    archive_->add(Signal::traces, request, {});
    std::optional<Error> refused;
    archive_->add(Signal::traces, request, [&](const Result<Accepted>& outcome) { refused = outcome.error(); });
    go_on.set_value();
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code(), Code::unavailable);
    EXPECT_TRUE(refused->retry_after());
    const auto now = status();
    ASSERT_EQ(now.losses_size(), 1);
    EXPECT_EQ(now.losses(0).records(), 2);
    EXPECT_EQ(now.received(), 4);
    // The thread of the archive uses what this test has declared.
    archive_.reset();
}

TEST_F(ArchiveTest, the_map_is_there_again_after_a_restart) {
    SpanRequest request;
    request.from("gateway").span(1, 1, 0, "POST /orders");
    request.from("order").span(1, 2, 1, "CreateOrder");
    ASSERT_TRUE(store(request));
    const auto before = archive_->get_map({}).value();
    ASSERT_EQ(before.operations_size(), 2);
    open();
    // This is stored after the counting.
    ASSERT_TRUE(store(LogRequest{}.log("said")));
    const auto after = archive_->get_map({}).value();
    ASSERT_EQ(after.operations_size(), 2);
    EXPECT_EQ(after.operations(0).counts().calls(), before.operations(0).counts().calls());
    EXPECT_EQ(after.nodes_size(), before.nodes_size() + 1) << "the sender of the log record is on the map, too";
}

TEST_F(ArchiveTest, losses_that_others_count_are_told) {
    open();
    archive_->count_lost("the tap was full", 7);
    EXPECT_EQ(status().losses(0).records(), 7);
}

TEST_F(ArchiveTest, the_destructor_stores_what_waits) {
    open();
    for (std::uint64_t i = 1; i <= 50; ++i) archive_->add(Signal::traces, SpanRequest{}.span(i, 1).bytes(), {});
    open();
    EXPECT_EQ(status().traces(), 50);
}

TEST_F(ArchiveTest, a_sender_that_floods_it_is_slowed_down_and_others_are_heard) {
    const auto request_of = [](const char* service, std::uint64_t trace) {
        return SpanRequest{}.from(service).span(trace, 1).bytes();
    };
    options_.waiting_bytes_max = 4 * request_of("flood", 1).size();
    open();
    std::promise<void> go_on;
    std::promise<void> reached;
    // Holds the archive's thread, so that all that follows waits.
    archive_->add(Signal::traces, request_of("flood", 1), [&](const Result<Accepted>&) {
        reached.set_value();
        go_on.get_future().wait();
    });
    reached.get_future().wait();
    std::vector<Code> codes;
    std::vector<std::string> reasons;
    const auto add = [&](const char* service, std::uint64_t trace) {
        archive_->add(Signal::traces, request_of(service, trace), [&](const Result<Accepted>& outcome) {
            if (outcome) return;
            codes.push_back(outcome.error().code());
            reasons.emplace_back(outcome.error().reason());
            EXPECT_TRUE(outcome.error().retry_after());
        });
    };
    add("flood", 2);
    add("flood", 3);
    add("quiet", 4);
    add("quiet", 5);
    add("third", 6);
    const auto refused_codes = std::exchange(codes, {});
    const auto refused_reasons = std::exchange(reasons, {});
    go_on.set_value();
    ASSERT_TRUE(store(Signal::metrics, {}));
    EXPECT_THAT(refused_codes, ElementsAre(Code::resource_exhausted, Code::unavailable));
    EXPECT_THAT(refused_reasons, ElementsAre("TELEMETRY_SHARE_FULL", "TELEMETRY_QUEUE_FULL"));
    EXPECT_THAT(codes, IsEmpty());
    EXPECT_THAT(status().losses(), IsEmpty()) << "the senders have heard of it";
    EXPECT_EQ(status().traces(), 4);
}

TEST_F(ArchiveTest, what_came_and_what_became_of_it_is_counted) {
    using telemetry::Signal;
    ASSERT_TRUE(store(SpanRequest{}.span(1, 1).span(1, 2, 1)));
    ASSERT_TRUE(store(LogRequest{}.log("said")));
    SpanRequest bad;
    bad.span(2, 1);
    bad.last().set_span_id("short");
    ASSERT_TRUE(store(bad));
    options_.waiting_bytes_max = 1;
    const auto stats = archive_->stats();
    EXPECT_EQ(stats->received(Signal::traces), 3);
    EXPECT_EQ(stats->stored(Signal::traces), 2);
    EXPECT_EQ(stats->stored(Signal::logs), 1);
    EXPECT_EQ(stats->refused(Signal::traces, Refusal::bad_record), 1);
    archive_.reset();
    EXPECT_EQ(stats->waiting_bytes(), 0);
    EXPECT_GT(stats->kept_bytes(), 0);
    EXPECT_THAT(stats->take_commits(), testing::SizeIs(2));
    EXPECT_THAT(stats->take_commits(), IsEmpty());
    open();
    EXPECT_FALSE(store(SpanRequest{}.span(1, 1)));
    EXPECT_EQ(archive_->stats()->refused(Signal::traces, Refusal::queue_full), 1);
}

TEST_F(ArchiveTest, a_full_disk_is_told_and_what_comes_after_it_is_stored) {
    ASSERT_TRUE(store(SpanRequest{}.span(1, 1)));
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const rlimit small{100'000, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    const auto large = SpanRequest{}.span(2, 1).with("large", std::string(500'000, 'x')).bytes();
    const auto outcome = store(Signal::traces, large);
    archive_->add(Signal::traces, large, {});
    EXPECT_FALSE(store(Signal::traces, large));
    ::setrlimit(RLIMIT_FSIZE, &before);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), Code::unavailable);
    EXPECT_TRUE(outcome.error().retry_after());
    ASSERT_EQ(status().losses_size(), 1);
    EXPECT_EQ(status().losses(0).records(), 1);
    ASSERT_TRUE(store(Signal::traces, large));
    EXPECT_EQ(traces().traces_size(), 2);
}

}  // namespace
}  // namespace tw::console::test
