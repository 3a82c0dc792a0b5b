#include "services/console/query/record_fixture.hpp"
#include "services/console/views.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::console {
namespace {

using test::attribute;
using testing::Each;
using testing::ElementsAre;

const Source kGatewaySource{.service = "gateway"};
const Source kOrderSource{.service = "order"};
const Source kCatalogSource{.service = "catalog"};

constexpr std::int64_t kStart = 1'700'000'000'000'000'000;

/// A span from `from` to `to`, in nanoseconds after kStart. Span 0 is no parent.
SpanRecord timed(std::uint8_t id, std::uint8_t parent, std::int64_t from, std::int64_t to,
                 const Source& source = kGatewaySource) {
    SpanRecord span;
    span.trace_id = test::trace_id(9);
    span.span_id = test::span_id(id);
    if (parent != 0) span.parent_span_id = test::span_id(parent);
    span.start_ns = kStart + from;
    span.end_ns = kStart + to;
    span.name = "span";
    span.source = &source;
    return span;
}

/// The numbers of the spans in the order of the view.
std::vector<int> order_of(const ::console::Trace& trace) {
    std::vector<int> order;
    for (const auto& id : trace.span_ids()) order.push_back(std::stoi(id.substr(14), nullptr, 16));
    return order;
}

/// The critical path as (span's number, start, end).
std::vector<std::tuple<int, int, int>> path_of(const std::vector<SpanRecord>& spans) {
    const auto trace = view_of(spans, {});
    std::vector<std::tuple<int, int, int>> path;
    for (const auto& part : trace.critical_path()) {
        path.emplace_back(order_of(trace)[static_cast<std::size_t>(part.span())], part.start_ns(),
                          part.start_ns() + part.duration_ns());
    }
    return path;
}

TEST(Summary, it_names_the_span_without_a_parent) {
    auto root = timed(1, 0, 50, 90);
    root.name = "POST /api/orders";
    root.attributes = {attribute("http.response.status_code", 201)};
    const std::vector spans{timed(2, 1, 0, 5, kOrderSource), root, timed(3, 0, 60, 70)};
    const auto summary = summarize(spans);
    EXPECT_EQ(summary.name(), "POST /api/orders");
    EXPECT_EQ(summary.service(), "gateway");
    EXPECT_EQ(summary.status(), "201");
    EXPECT_EQ(summary.trace_id(), "0af70000000000000000000000000009");
    EXPECT_EQ(summary.spans(), 3);
    EXPECT_FALSE(summary.root_missing());
}

TEST(Summary, while_the_root_is_missing_it_names_the_first_span) {
    auto first = timed(3, 1, 10, 20, kOrderSource);
    first.attributes = {attribute("rpc.response.status_code", "OK")};
    const auto summary = summarize(std::vector{timed(2, 1, 11, 15), first});
    EXPECT_EQ(summary.service(), "order");
    EXPECT_EQ(summary.status(), "OK");
    EXPECT_TRUE(summary.root_missing());
}

TEST(Summary, it_lasts_from_the_first_start_to_the_last_end) {
    const auto summary = summarize(std::vector{timed(1, 0, 2'500, 9'000), timed(2, 1, 1'500, 3'000), timed(3, 1, 4'000, 12'000)});
    EXPECT_EQ(summary.start_us(), kStart / 1000 + 1);
    EXPECT_EQ(summary.duration_ns(), 10'500);
}

TEST(Summary, services_stand_in_the_order_of_calls) {
    const std::vector spans{timed(3, 2, 30, 40, kCatalogSource), timed(2, 1, 20, 50, kOrderSource), timed(1, 0, 10, 60),
                            timed(4, 2, 5, 8, kOrderSource)};
    EXPECT_THAT(summarize(spans).services(), ElementsAre("gateway", "order", "catalog"));
}

TEST(Summary, the_error_is_that_of_the_deepest_span) {
    std::vector spans{timed(1, 0, 0, 100), timed(2, 1, 10, 90, kOrderSource), timed(3, 2, 20, 80), timed(4, 2, 20, 60)};
    for (auto& span : spans) span.status = 2;
    spans[0].status_message = "order-service failed";
    spans[2].status_message = "later";
    spans[3].attributes = {attribute("error.type", "SQLITE_BUSY")};
    EXPECT_EQ(summarize(spans).errors(), 4);
    EXPECT_EQ(summarize(spans).error(), "SQLITE_BUSY") << "of two, it is the one that ended first";
    spans[3].status = 0;
    EXPECT_EQ(summarize(spans).error(), "later");
    spans[2].status_message = "";
    EXPECT_EQ(summarize(spans).error(), "span");
    for (auto& span : spans) span.status = 0;
    EXPECT_EQ(summarize(spans).error(), "");
}

TEST(Summary, the_outcome_is_that_of_the_first_span_whatever_happened_inside) {
    std::vector spans{timed(1, 0, 0, 100), timed(2, 1, 10, 40, kOrderSource)};
    spans[1].status = 2;
    spans[0].attributes = {attribute("http.response.status_code", 200)};
    EXPECT_EQ(summarize(spans).outcome(), "ok");
    EXPECT_EQ(summarize(spans).errors(), 1);
    spans[0].attributes = {attribute("http.response.status_code", 404)};
    EXPECT_EQ(summarize(spans).outcome(), "refused");
    spans[0].attributes = {attribute("http.response.status_code", 503)};
    EXPECT_EQ(summarize(spans).outcome(), "error");
    spans[0].attributes.clear();
    spans[0].status = 2;
    EXPECT_EQ(summarize(spans).outcome(), "error") << "a span without a code says it by its status";
}

TEST(TraceView, a_span_comes_after_its_parent_and_siblings_are_sorted_by_start) {
    const auto trace = view_of(
        std::vector{timed(5, 2, 40, 45), timed(3, 1, 60, 70), timed(4, 2, 30, 35), timed(2, 1, 20, 50), timed(1, 0, 10, 90)}, {});
    EXPECT_THAT(order_of(trace), ElementsAre(1, 2, 4, 5, 3));
    EXPECT_THAT(trace.parents(), ElementsAre(-1, 0, 1, 1, 0));
    EXPECT_THAT(trace.orphans(), Each(false));
}

TEST(TraceView, spans_are_described_by_columns) {
    auto root = timed(1, 0, 0, 90);
    root.kind = 2;
    root.attributes = {attribute("http.response.status_code", 503)};
    auto failed = timed(2, 1, 1'234, 1'300, kOrderSource);
    failed.status = 2;
    failed.status_message = "locked";
    const auto trace = view_of(std::vector{root, failed}, {{test::span_id(2), 3}});
    const auto text = [&](int place) { return trace.texts(place); };
    EXPECT_THAT(trace.start_ns(), ElementsAre(0, 1'234));
    EXPECT_THAT(trace.duration_ns(), ElementsAre(90, 66));
    EXPECT_THAT(trace.kinds(), ElementsAre(2, 0));
    EXPECT_THAT(trace.statuses(), ElementsAre(0, 2));
    EXPECT_THAT(trace.logs(), ElementsAre(0, 3));
    EXPECT_EQ(text(trace.names(1)), "span");
    EXPECT_EQ(text(trace.services(1)), "order");
    EXPECT_EQ(text(trace.notes(0)), "503");
    EXPECT_EQ(text(trace.notes(1)), "locked");
}

TEST(TraceView, a_span_whose_parent_is_not_here_is_an_orphan) {
    const auto trace = view_of(std::vector{timed(1, 0, 0, 90), timed(3, 2, 10, 20), timed(4, 3, 12, 14)}, {});
    EXPECT_THAT(order_of(trace), ElementsAre(1, 3, 4));
    EXPECT_THAT(trace.parents(), ElementsAre(-1, -1, 1));
    EXPECT_THAT(trace.orphans(), ElementsAre(false, true, false));
}

TEST(TraceView, parents_that_form_a_cycle_are_cut_at_the_first_span) {
    const auto trace =
        view_of(std::vector{timed(3, 2, 30, 40), timed(1, 3, 10, 20), timed(2, 1, 20, 30), timed(4, 4, 50, 60)}, {});
    EXPECT_THAT(order_of(trace), ElementsAre(4, 1, 2, 3));
    EXPECT_THAT(trace.parents(), ElementsAre(-1, -1, 1, 2));
    EXPECT_THAT(trace.orphans(), ElementsAre(true, true, false, false));
    EXPECT_TRUE(trace.summary().root_missing());
}

TEST(TraceView, spans_with_the_same_id_are_all_shown) {
    const auto trace =
        view_of(std::vector{timed(1, 0, 0, 90), timed(2, 1, 10, 20), timed(2, 1, 10, 20), timed(3, 2, 12, 14)}, {});
    EXPECT_THAT(order_of(trace), ElementsAre(1, 2, 3, 2));
}

TEST(TraceView, the_last_spans_of_a_large_trace_are_left_out) {
    const auto trace = view_of(std::vector{timed(1, 0, 0, 90), timed(2, 1, 10, 20), timed(3, 1, 20, 80)}, {}, 2);
    EXPECT_THAT(order_of(trace), ElementsAre(1, 2));
    EXPECT_EQ(trace.spans_left_out(), 1);
    EXPECT_EQ(trace.summary().spans(), 3);
}

TEST(TraceView, a_deep_trace_is_shown) {
    std::vector<SpanRecord> spans;
    for (std::uint32_t i = 1; i <= 100'000; ++i) {
        auto span = timed(0, 0, i, 400'000 - i);
        for (int byte = 0; byte < 4; ++byte) span.span_id[4 + byte] = static_cast<std::uint8_t>(i >> (8 * byte));
        if (i > 1) span.parent_span_id = spans.back().span_id;
        spans.push_back(span);
    }
    const auto trace = view_of(spans, {});
    EXPECT_EQ(trace.parents(99'999), 99'998);
    EXPECT_EQ(trace.critical_path_size(), 199'999);
}

TEST(TraceView, times_that_make_no_sense_stay_exact_numbers) {
    auto early = timed(1, 0, 0, 10);
    early.start_ns = std::numeric_limits<std::int64_t>::min();
    auto late = timed(2, 1, 0, 0);
    late.start_ns = std::numeric_limits<std::int64_t>::max();
    late.end_ns = 0;
    const auto trace = view_of(std::vector{early, late}, {});
    EXPECT_EQ(trace.summary().duration_ns(), (std::int64_t{1} << 53) - 1);
    EXPECT_EQ(trace.start_ns(1), (std::int64_t{1} << 53) - 1);
    EXPECT_EQ(trace.duration_ns(1), 0);
}

using Path = std::vector<std::tuple<int, int, int>>;

TEST(CriticalPath, a_span_without_children_is_all_of_it) { EXPECT_EQ(path_of({timed(1, 0, 0, 100)}), (Path{{1, 0, 100}})); }

TEST(CriticalPath, it_goes_through_children_that_follow_each_other) {
    EXPECT_EQ(path_of({timed(1, 0, 0, 100), timed(2, 1, 10, 30), timed(3, 1, 40, 90)}),
              (Path{{1, 0, 10}, {2, 10, 30}, {1, 30, 40}, {3, 40, 90}, {1, 90, 100}}));
}

TEST(CriticalPath, of_children_at_the_same_time_the_one_that_ended_last_counts) {
    EXPECT_EQ(path_of({timed(1, 0, 0, 100), timed(2, 1, 10, 60), timed(3, 1, 10, 90)}),
              (Path{{1, 0, 10}, {3, 10, 90}, {1, 90, 100}}));
}

TEST(CriticalPath, it_goes_into_the_children_of_children) {
    EXPECT_EQ(path_of({timed(1, 0, 0, 100), timed(2, 1, 10, 90), timed(3, 2, 20, 80), timed(4, 1, 0, 5)}),
              (Path{{4, 0, 5}, {1, 5, 10}, {2, 10, 20}, {3, 20, 80}, {2, 80, 90}, {1, 90, 100}}));
}

TEST(CriticalPath, a_child_counts_only_within_its_parent) {
    EXPECT_EQ(path_of({timed(1, 0, 10, 100), timed(2, 1, 50, 140), timed(3, 1, 120, 150), timed(4, 1, 0, 30)}),
              (Path{{4, 10, 30}, {1, 30, 50}, {2, 50, 100}}));
}

TEST(CriticalPath, a_cycle_of_parents_has_no_part_in_it) {
    EXPECT_EQ(path_of({timed(1, 0, 0, 100), timed(2, 3, 10, 30), timed(3, 2, 40, 90)}), (Path{{1, 0, 100}}));
}

}  // namespace
}  // namespace tw::console
