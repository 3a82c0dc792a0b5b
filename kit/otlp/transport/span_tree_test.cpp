#include "kit/otlp/transport/span_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tw::otlp {
namespace {

namespace proto = opentelemetry::proto::trace::v1;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kTrace(16, '\x0a');

TreeSpan span(std::string id, std::string parent, std::string name, std::uint64_t start_ms = 0, std::uint64_t took_ms = 1) {
    constexpr std::uint64_t kMilli = 1'000'000;
    TreeSpan made{.id = std::move(id), .parent = std::move(parent), .service = "shop", .name = std::move(name)};
    made.kind = "internal";
    made.start = (1'000 + start_ms) * kMilli;
    made.end = made.start + took_ms * kMilli;
    return made;
}

TEST(SpanTree, children_stand_below_their_parent_in_the_order_of_their_start) {
    EXPECT_EQ(format_tree(kTrace, {span("4", "2", "third", 5), span("2", "1", "second", 1, 8), span("3", "2", "first", 2),
                                   span("1", "", "root", 0, 10)}),
              "trace 0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a, 4 spans, 10.00 ms\n"
              "  start ms    took ms\n"
              "      0.00      10.00  shop: root (internal)\n"
              "      1.00       8.00    shop: second (internal)\n"
              "      2.00       1.00      shop: first (internal)\n"
              "      5.00       1.00      shop: third (internal)\n");
}

TEST(SpanTree, a_missing_parent_is_named_and_told_from_one_of_another_process) {
    EXPECT_THAT(format_tree(kTrace, {span("1", "\xab", "alone")}),
                HasSubstr("alone (internal)  [parent ab is not shown here]\n"));
    auto called = span("1", "\xcd", "called");
    called.parent_remote = true;
    EXPECT_THAT(format_tree(kTrace, {called}), HasSubstr("called (internal)  [parent cd is in another process]\n"));
}

TEST(SpanTree, status_and_failure_stand_behind_the_span) {
    auto failed = span("1", "", "work");
    failed.status = "NOT_FOUND";
    failed.failed = true;
    EXPECT_THAT(format_tree(kTrace, {failed}), HasSubstr("work (internal)  NOT_FOUND  failed\n"));
    failed.failure = "USER_NOT_FOUND";
    EXPECT_THAT(format_tree(kTrace, {failed}), HasSubstr("work (internal)  NOT_FOUND  failed: USER_NOT_FOUND\n"));
}

TEST(SpanTree, control_characters_do_not_reach_a_terminal) {
    EXPECT_THAT(format_tree(kTrace, {span("1", "", "a\n\x1b[31mb\x7f")}), HasSubstr("shop: a??[31mb? (internal)\n"));
}

TEST(SpanTree, a_long_chain_of_spans_is_written_whole) {
    constexpr int kSpans = 20'000;
    std::vector<TreeSpan> spans;
    for (int i = 0; i < kSpans; ++i) spans.push_back(span(std::to_string(i + 1), i == 0 ? "" : std::to_string(i), "link"));
    const auto text = format_tree(kTrace, spans);
    EXPECT_EQ(std::ranges::count(text, '\n'), kSpans + 2);
}

TEST(SpanTree, spans_are_whole_when_only_local_roots_lack_a_parent) {
    EXPECT_FALSE(is_whole({span("2", "1", "child")}));
    EXPECT_TRUE(is_whole({span("2", "1", "child"), span("1", "", "root")}));
    auto called = span("1", "0", "called");
    EXPECT_FALSE(is_whole({called}));
    called.parent_remote = true;
    EXPECT_TRUE(is_whole({called, span("2", "1", "child")}));
}

TEST(SpanTree, a_span_is_read_from_otlp) {
    proto::Span read;
    read.set_span_id("12345678");
    read.set_parent_span_id("87654321");
    read.set_flags(proto::SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK | proto::SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK);
    read.set_name("GET /");
    read.set_kind(proto::Span::SPAN_KIND_SERVER);
    read.set_start_time_unix_nano(5);
    read.set_end_time_unix_nano(7);
    auto& code = *read.add_attributes();
    code.set_key("http.response.status_code");
    code.mutable_value()->set_int_value(404);
    auto& type = *read.add_attributes();
    type.set_key("error.type");
    type.mutable_value()->set_string_value("404");
    const auto of = TreeSpan::of(read, "gateway");
    EXPECT_THAT((std::vector{of.id, of.parent, of.service, of.name, std::string{of.kind}, of.status}),
                ElementsAre("12345678", "87654321", "gateway", "GET /", "server", "404"));
    EXPECT_TRUE(of.parent_remote);
    EXPECT_EQ(of.end - of.start, 2U);
    EXPECT_FALSE(of.failed);

    read.mutable_status()->set_code(proto::Status::STATUS_CODE_ERROR);
    EXPECT_TRUE(TreeSpan::of(read, "gateway").failed);
    EXPECT_EQ(TreeSpan::of(read, "gateway").failure, "") << "the status says it already";
    read.mutable_status()->set_message("ORDER_NOT_FOUND");
    EXPECT_EQ(TreeSpan::of(read, "gateway").failure, "ORDER_NOT_FOUND");
}

}  // namespace
}  // namespace tw::otlp
