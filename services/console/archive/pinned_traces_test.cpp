#include "services/console/archive/archive_fixture.hpp"

#include <gmock/gmock.h>

namespace tw::console::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PinnedTracesTest : public ArchiveTest {
 protected:
    Result<::console::PinnedTrace> pin_id(std::string id) {
        ::console::PinTraceRequest request;
        request.set_trace_id(std::move(id));
        return archive_->pin_trace(request);
    }
    Result<::console::PinnedTrace> pin(std::uint64_t number) { return pin_id(trace_hex(number)); }
    Result<::console::UnpinTraceResponse> unpin_id(std::string id) {
        ::console::UnpinTraceRequest request;
        request.set_trace_id(std::move(id));
        return archive_->unpin_trace(request);
    }
    ::console::ListPinnedTracesResponse pinned() { return archive_->list_pinned_traces({}).value(); }
    std::vector<std::string> pinned_ids() {
        std::vector<std::string> ids;
        const auto all = pinned();
        for (const auto& trace : all.traces()) ids.push_back(trace.summary().trace_id());
        return ids;
    }
    std::vector<std::string> bodies_of(std::uint64_t number, const std::string& query = {}) {
        ::console::ListLogsRequest request;
        request.set_trace_id(trace_hex(number));
        request.set_q(query);
        std::vector<std::string> bodies;
        const auto found = archive_->list_logs(request).value();
        for (const auto& record : found.records()) bodies.push_back(record.body());
        return bodies;
    }
    /// Stores another trace when all others are too old, so that their files are removed.
    void remove_files() {
        clock_.advance(options_.age_max + std::chrono::hours{1});
        ASSERT_TRUE(store(SpanRequest{}.span(999, 1)));
        ASSERT_TRUE(store(SpanRequest{}.span(998, 1)));
    }
};

TEST_F(PinnedTracesTest, a_pinned_trace_stays_with_its_logs_when_its_file_is_removed) {
    options_.file_bytes_max = 1;
    const auto spans = SpanRequest{}.span(1, 1).with("color", "blue").span(1, 2, 1).bytes();
    ASSERT_TRUE(store(telemetry::Signal::traces, spans));
    ASSERT_TRUE(store(LogRequest{}.log("first", 1, 2).log("second", 1)));
    ASSERT_TRUE(store(SpanRequest{}.span(2, 1)));
    EXPECT_FALSE(trace(1)->pinned());
    ASSERT_TRUE(pin(1));
    remove_files();
    EXPECT_EQ(trace(2).error().reason(), "TRACE_NOT_FOUND");
    const auto kept = trace(1).value();
    EXPECT_TRUE(kept.pinned());
    EXPECT_EQ(kept.span_ids_size(), 2);
    EXPECT_THAT(kept.logs(), ElementsAre(0, 1));
    EXPECT_THAT(bodies_of(1), ElementsAre("second", "first"));
    EXPECT_THAT(bodies_of(1, "first"), ElementsAre("first"));
    otlp_trace::ExportTraceServiceRequest came;
    ASSERT_TRUE(came.ParseFromString(archive_->get_otlp(trace_hex(1)).value()));
    EXPECT_EQ(came.SerializeAsString(), spans);
    EXPECT_THAT(trace_ids(traces()), ElementsAre(trace_hex(998), trace_hex(999)));
}

TEST_F(PinnedTracesTest, a_later_process_has_what_was_pinned) {
    ASSERT_TRUE(store(SpanRequest{}.span(1, 1, 0, "GET /a")));
    ASSERT_TRUE(store(SpanRequest{}.span(2, 1, 0, "GET /b")));
    const auto first = pin(1).value();
    ASSERT_TRUE(pin(2));
    EXPECT_EQ(first.summary().name(), "GET /a");
    EXPECT_GT(first.pinned_us(), 0);
    std::ofstream{folder_.path() / "pinned" / (trace_hex(3) + ".traces.pb.part")} << "half";
    std::ofstream{folder_.path() / "pinned" / (trace_hex(4) + ".traces.pb")} << "not OTLP";
    open();
    EXPECT_THAT(pinned_ids(), ElementsAre(trace_hex(2), trace_hex(1)));
    EXPECT_EQ(pinned().traces(1).bytes(), first.bytes());
    EXPECT_FALSE(fs::exists(folder_.path() / "pinned" / (trace_hex(3) + ".traces.pb.part")));
    EXPECT_FALSE(trace(4));
}

TEST_F(PinnedTracesTest, what_comes_later_is_pinned_when_the_trace_is_pinned_again) {
    ASSERT_TRUE(store(SpanRequest{}.span(1, 1)));
    ASSERT_TRUE(store(LogRequest{}.log("first", 1, 1)));
    ASSERT_TRUE(pin(1));
    ASSERT_TRUE(store(SpanRequest{}.span(1, 2, 1)));
    ASSERT_TRUE(store(LogRequest{}.log("second", 1, 1)));
    const auto before = trace(1).value();
    EXPECT_EQ(before.span_ids_size(), 2);
    EXPECT_THAT(before.logs(), ElementsAre(2, 0)) << "no record counts twice";
    ASSERT_TRUE(pin(1));
    EXPECT_EQ(pinned().traces_size(), 1);
    EXPECT_EQ(pinned().traces(0).summary().spans(), 2);
    EXPECT_EQ(status().pinned_traces(), 1);
    EXPECT_EQ(status().pinned_bytes(), pinned().bytes());
    options_.file_bytes_max = 1;
    open();
    remove_files();
    EXPECT_EQ(trace(1)->span_ids_size(), 2);
    EXPECT_THAT(bodies_of(1), ElementsAre("second", "first"));
}

TEST_F(PinnedTracesTest, a_trace_that_is_let_go_is_gone_with_its_file) {
    options_.file_bytes_max = 1;
    ASSERT_TRUE(store(SpanRequest{}.span(1, 1)));
    ASSERT_TRUE(pin(1));
    ASSERT_TRUE(unpin_id(trace_hex(1)));
    ASSERT_TRUE(unpin_id(trace_hex(1))) << "there is nothing to do";
    EXPECT_FALSE(trace(1)->pinned());
    EXPECT_THAT(pinned_ids(), IsEmpty());
    remove_files();
    EXPECT_FALSE(trace(1));
    EXPECT_THAT(fs::directory_iterator{folder_.path() / "pinned"}, fs::directory_iterator{});
}

TEST_F(PinnedTracesTest, only_ids_of_traces_name_files) {
    ASSERT_TRUE(store(SpanRequest{}.span(0xabcdef, 1)));
    EXPECT_EQ(pin(5).error().reason(), "TRACE_NOT_FOUND");
    EXPECT_EQ(pin_id("../../x").error().code(), Code::invalid_argument);
    auto upper = trace_hex(0xabcdef);
    std::ranges::transform(upper, upper.begin(), [](char c) { return static_cast<char>(std::toupper(c)); });
    EXPECT_EQ(pin_id(upper).error().code(), Code::invalid_argument);
    const auto other = folder_.path() / "other.traces.pb";
    std::ofstream{other} << "x";
    EXPECT_TRUE(unpin_id("../other"));
    EXPECT_TRUE(fs::exists(other));
}

TEST_F(PinnedTracesTest, all_pinned_traces_have_64_mebibytes_at_most) {
    const std::string padding(1'000'000, 'x');
    for (std::uint64_t i = 1; i <= 35; ++i) {
        for (const std::uint64_t trace : {1, 2}) ASSERT_TRUE(store(SpanRequest{}.span(trace, i).with("padding", padding)));
    }
    ASSERT_TRUE(pin(1));
    const auto second = pin(2);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().reason(), "PINNED_TRACES_FULL");
    EXPECT_EQ(second.error().code(), Code::resource_exhausted);
    EXPECT_TRUE(pin(1)) << "it takes the place of what was pinned of it";
    EXPECT_THAT(pinned_ids(), ElementsAre(trace_hex(1)));
    ASSERT_TRUE(unpin_id(trace_hex(1)));
    EXPECT_TRUE(pin(2));
}

TEST_F(PinnedTracesTest, a_disk_that_takes_nothing_is_told) {
    ASSERT_TRUE(store(SpanRequest{}.span(1, 1)));
    std::ofstream{folder_.path() / "pinned"} << "a file";
    const auto refused = pin(1);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason(), "TRACE_NOT_PINNED");
    EXPECT_THAT(refused.error().detail(), HasSubstr(folder_.path().string()));
    EXPECT_THAT(pinned_ids(), IsEmpty());
}

}  // namespace
}  // namespace tw::console::test
