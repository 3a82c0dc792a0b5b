#include "services/console/archive/archive_fixture.hpp"
#include "services/console/archive/key_blocks.hpp"
#include "services/console/archive/stored.hpp"
#include "services/console/archive/text_bits.hpp"
#include "services/console/archive/time_blocks.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include <gmock/gmock.h>

namespace tw::console::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A clock whose time passes by being asked for.
class PassingClock final : public Clock {
 public:
    Timestamp now() const override { return Timestamp::from_unix_micros(kStartUs); }
    SteadyTime steady_now() const override { return SteadyTime{step * ++calls_}; }

    std::chrono::milliseconds step{0};

 private:
    mutable std::atomic<int> calls_{0};
};

class SearchTest : public ArchiveTest {
 protected:
    /// Stores traces, each with one span that says its number.
    void store_traces(std::uint64_t first, std::uint64_t last) {
        for (auto i = first; i <= last; ++i) {
            const auto start = static_cast<std::int64_t>(i) * 1'000'000'000;
            SpanRequest request;
            request.from(i % 2 == 0 ? "even" : "odd").span(i, i, 0, fmt::format("trace {}", i));
            request.at(start, static_cast<std::int64_t>(i % 10) * 1'000'000).with("shop.order.id", fmt::format("order-{}", i));
            ASSERT_TRUE(store(request));
        }
    }
    /// Reads all pages, and calls `between` after each.
    std::vector<std::string> all_pages(
        const std::string& query, int page_size, const std::string& sort, const std::function<void()>& between = [] {}) {
        std::vector<std::string> ids;
        std::string token;
        do {
            const auto page = traces(query, page_size, token, sort);
            for (auto& id : trace_ids(page)) ids.push_back(std::move(id));
            token = page.next_page_token();
            between();
        } while (!token.empty());
        return ids;
    }
    static std::vector<std::string> numbers(std::vector<std::uint64_t> numbers) {
        std::vector<std::string> ids;
        for (const auto number : numbers) ids.push_back(trace_hex(number));
        return ids;
    }

    PassingClock passing_;
};

TEST_F(SearchTest, pages_go_on_where_the_last_one_ended) {
    store_traces(1, 7);
    EXPECT_EQ(all_pages("", 3, ""), numbers({7, 6, 5, 4, 3, 2, 1}));
    EXPECT_EQ(all_pages("", 7, ""), numbers({7, 6, 5, 4, 3, 2, 1}));
}

TEST_F(SearchTest, traces_that_come_between_two_pages_do_not_move_the_others) {
    store_traces(1, 6);
    std::uint64_t next = 7;
    const auto one_more = [&] {
        store_traces(next, next);
        ++next;
    };
    EXPECT_EQ(all_pages("", 2, "", one_more), numbers({6, 5, 4, 3, 2, 1}));
    next = 20;
    EXPECT_EQ(all_pages("trace_id:" + trace_hex(3), 2, "", one_more), numbers({3}));
}

TEST_F(SearchTest, the_slowest_come_first_and_pages_stay_as_they_were) {
    store_traces(1, 9);
    store_traces(11, 12);
    std::uint64_t next = 13;
    const auto one_more = [&] {
        store_traces(next, next);
        ++next;
    };
    EXPECT_EQ(all_pages("", 3, "slowest", one_more), numbers({9, 8, 7, 6, 5, 4, 3, 12, 2, 11, 1}));
}

TEST_F(SearchTest, the_slowest_of_many_are_those_of_all_rows) {
    std::map<std::uint64_t, std::int64_t> durations_ms;
    const auto store_more = [&](std::uint64_t count) {
        SpanRequest request;
        for (const auto last = durations_ms.size() + count; durations_ms.size() < last;) {
            const auto number = durations_ms.size() + 1;
            durations_ms[number] = static_cast<std::int64_t>(number * 7919 % 5000);
            request.span(number, 1).at(0, durations_ms[number] * 1'000'000);
        }
        ASSERT_TRUE(store(request));
    };
    const auto lengthen = [&](std::uint64_t number, std::int64_t duration_ms) {
        durations_ms[number] = duration_ms;
        ASSERT_TRUE(store(SpanRequest{}.span(number, 2).at(0, duration_ms * 1'000'000)));
    };
    const auto expect_in_order = [&] {
        std::vector<std::pair<std::int64_t, std::uint64_t>> ranked;
        for (const auto& [number, duration_ms] : durations_ms) ranked.emplace_back(duration_ms, number);
        std::ranges::sort(ranked, std::greater{});
        std::vector<std::uint64_t> expected;
        for (const auto& [duration_ms, number] : ranked) expected.push_back(number);
        EXPECT_EQ(all_pages("", 500, "slowest"), numbers(expected));
    };
    store_more(4 * kTimeBlockTraces);
    expect_in_order();
    lengthen(5, 6000);
    lengthen(3 * kTimeBlockTraces + 7, 6001);
    expect_in_order();
    open();
    store_more(4 * kTimeBlockTraces);
    lengthen(kTimeBlockTraces, 6002);
    expect_in_order();
    // The trace is moved to the next file.
    archive_.reset();
    options_.file_bytes_max = 1;
    lengthen(600, 6003);
    lengthen(kTimeBlockTraces + 9, 6004);
    lengthen(1, 6005);
    EXPECT_EQ(trace_ids(traces("", 5, "", "slowest")),
              numbers({1, kTimeBlockTraces + 9, 600, kTimeBlockTraces, 3 * kTimeBlockTraces + 7}));
}

TEST_F(SearchTest, pages_go_on_in_the_file_before) {
    options_.file_bytes_max = 1;
    store_traces(1, 5);
    EXPECT_EQ(folder_.names(".db").size(), 5U);
    EXPECT_EQ(all_pages("", 2, ""), numbers({5, 4, 3, 2, 1}));
    EXPECT_EQ(all_pages("", 2, "slowest"), numbers({5, 4, 3, 2, 1}));
}

TEST_F(SearchTest, a_query_is_compared_with_the_spans) {
    store_traces(1, 6);
    EXPECT_EQ(all_pages("service:even", 2, ""), numbers({6, 4, 2}));
    EXPECT_EQ(all_pages("name:\"trace 3\"", 50, ""), numbers({3}));
    EXPECT_EQ(all_pages("-service:even", 50, ""), numbers({5, 3, 1}));
    EXPECT_EQ(all_pages("service:even", 2, "slowest"), numbers({6, 4, 2}));
    EXPECT_THAT(all_pages("http.route:/none", 50, ""), IsEmpty());
}

TEST_F(SearchTest, an_exact_id_is_found_by_its_index) {
    store_traces(1, 6);
    EXPECT_EQ(all_pages("shop.order.id:order-4", 50, ""), numbers({4}));
    EXPECT_EQ(all_pages("shop.order.id:order-4 service:odd", 50, ""), numbers({}));
    EXPECT_EQ(all_pages("trace_id:" + trace_hex(5), 50, ""), numbers({5}));
    EXPECT_EQ(all_pages("resource.service.name:even trace_id:" + trace_hex(2), 50, ""), numbers({2}));
}

TEST_F(SearchTest, ids_are_found_among_many_and_after_a_restart) {
    constexpr std::uint64_t kTraces = 700;
    const auto store_many = [this](std::uint64_t first) {
        SpanRequest spans;
        LogRequest said;
        for (auto i = first; i < first + kTraces; ++i) {
            spans.span(i, i).with("shop.order.id", fmt::format("order-{}", i / 2));
            said.log(fmt::format("about {}", i), i, i);
        }
        ASSERT_TRUE(store(spans));
        ASSERT_TRUE(store(said));
    };
    store_many(1);
    open();
    store_many(kTraces + 1);
    for (const std::uint64_t number : {1, 250, 499, 700, 701, 1100, 1400}) {
        EXPECT_EQ(all_pages("trace_id:" + trace_hex(number), 50, ""), numbers({number}));
        ASSERT_TRUE(trace(number));
        EXPECT_THAT(trace(number).value().logs(), ElementsAre(1));
        EXPECT_EQ(logs("trace_id:" + trace_hex(number)).records(0).body(), fmt::format("about {}", number));
    }
    EXPECT_EQ(all_pages("shop.order.id:order-350", 50, ""), numbers({701, 700}));
    ASSERT_TRUE(store(SpanRequest{}.span(3, 5000, 3)));
    EXPECT_EQ(trace(3).value().span_ids_size(), 2);
}

TEST_F(SearchTest, traces_whose_ids_have_the_same_key_are_told_apart) {
    const TraceId one{1, 2, 3};
    auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(one);
    halves[1] = key_of(one) ^ (halves[0] + 1) * 0x9e3779b97f4a7c15U;
    halves[0] += 1;
    const auto other = std::bit_cast<TraceId>(halves);
    ASSERT_EQ(key_of(one), key_of(other));
    std::uint64_t number = 0;
    for (const auto& id : {one, other}) {
        SpanRequest request;
        request.span(1, ++number).last().set_trace_id(std::string{id_bytes(id)});
        ASSERT_TRUE(store(request));
        LogRequest said;
        said.log(fmt::format("about {}", number)).last().set_trace_id(std::string{id_bytes(id)});
        ASSERT_TRUE(store(said));
    }
    number = 0;
    for (const auto& id : {one, other}) {
        ::console::GetTraceRequest request;
        request.set_trace_id(hex_of(id_bytes(id)));
        EXPECT_THAT(archive_->get_trace(request).value().span_ids(), ElementsAre(span_hex(++number)));
        const auto found = logs("trace_id:" + request.trace_id());
        ASSERT_EQ(found.records_size(), 1);
        EXPECT_EQ(found.records(0).body(), fmt::format("about {}", number));
    }
}

TEST_F(SearchTest, values_that_are_no_texts_are_found) {
    SpanRequest request;
    auto& attributes = *request.span(1, 1).last().mutable_attributes();
    const auto add = [&](const char* key) {
        auto& attribute = *attributes.Add();
        attribute.set_key(key);
        return attribute.mutable_value();
    };
    add("http.response.status_code")->set_int_value(500);
    add("ratio")->set_double_value(-1.5e-9);
    add("list")->mutable_array_value()->add_values()->set_string_value("a.b");
    add("session.id")->set_int_value(42);
    ASSERT_TRUE(store(request));
    EXPECT_EQ(all_pages("http.response.status_code=500", 50, ""), numbers({1}));
    EXPECT_EQ(all_pages("ratio=-1.5e-09", 50, ""), numbers({1}));
    EXPECT_EQ(all_pages(R"(list:"[\"a.b\"]")", 50, ""), numbers({1}));
    EXPECT_EQ(all_pages("session.id:42", 50, ""), numbers({1}));
}

TEST_F(SearchTest, texts_that_are_no_utf8_are_found_as_they_are_shown) {
    auto bytes = SpanRequest{}.from("shop").span(1, 1, 0, "caf?").bytes();
    bytes[bytes.find("caf?") + 3] = '\xe9';
    ASSERT_TRUE(store(telemetry::Signal::traces, bytes));
    const auto listed = traces();
    ASSERT_EQ(listed.traces_size(), 1);
    EXPECT_EQ(listed.traces(0).name(), "caf\xef\xbf\xbd");
    EXPECT_EQ(all_pages("name:" + listed.traces(0).name(), 50, ""), numbers({1}));
}

TEST_F(SearchTest, a_time_range_is_kept_to) {
    store_traces(1, 6);
    ::console::ListTracesRequest request;
    request.set_from_us(kStartUs + 2'000'000);
    request.set_to_us(kStartUs + 4'000'000);
    EXPECT_EQ(trace_ids(archive_->list_traces(request).value()), numbers({4, 3, 2}));
}

TEST_F(SearchTest, a_search_that_takes_too_long_says_how_far_it_came) {
    used_clock_ = &passing_;
    store_traces(1, 9);
    passing_.step = std::chrono::milliseconds{40};
    const auto first = traces("name:\"trace 1\"");
    EXPECT_THAT(first.traces(), IsEmpty());
    EXPECT_FALSE(first.next_page_token().empty());
    EXPECT_EQ(first.searched_back_to_us(), kStartUs + 5'000'000);
    EXPECT_EQ(all_pages("name:\"trace 1\"", 50, ""), numbers({1}));
    EXPECT_EQ(all_pages("name:\"trace 1\"", 50, "slowest"), numbers({1}));
}

TEST_F(SearchTest, every_search_looks_at_one_trace_at_least) {
    used_clock_ = &passing_;
    store_traces(1, 3);
    passing_.step = std::chrono::seconds{10};
    EXPECT_EQ(all_pages("", 50, ""), numbers({3, 2, 1}));
}

TEST_F(SearchTest, log_pages_are_stable_and_end) {
    for (int i = 1; i <= 5; ++i) ASSERT_TRUE(store(LogRequest{}.log(fmt::format("line {}", i))));
    std::vector<std::string> bodies;
    std::string token;
    do {
        const auto page = logs("line", 2, token);
        for (const auto& record : page.records()) bodies.push_back(record.body());
        token = page.next_page_token();
        ASSERT_TRUE(store(LogRequest{}.log("line later")));
    } while (!token.empty());
    EXPECT_THAT(bodies, ElementsAre("line 5", "line 4", "line 3", "line 2", "line 1"));
}

TEST_F(SearchTest, tokens_and_queries_of_another_kind_are_refused) {
    open();
    ::console::ListTracesRequest request;
    request.set_page_token("1.2.x");
    EXPECT_EQ(archive_->list_traces(request).error().violations().at(0).pointer, "/page_token");
    request.set_sort("slowest");
    EXPECT_EQ(archive_->list_traces(request).error().violations().at(0).pointer, "/page_token");
    request.clear_page_token();
    request.set_q("duration>200mz");
    EXPECT_EQ(archive_->list_traces(request).error().reason(), "BAD_QUERY");
}

TEST_F(SearchTest, facets_count_traces_by_their_values) {
    store_traces(1, 5);
    ASSERT_TRUE(store(SpanRequest{}.from("odd").span(6, 1).span(6, 2, 1)));
    ::console::ListFacetsRequest request;
    request.set_signal("traces");
    request.add_keys("service");
    request.add_keys("shop.order.id");
    const auto all = archive_->list_facets(request).value();
    EXPECT_EQ(all.counted(), 6);
    EXPECT_FALSE(all.more());
    ASSERT_EQ(all.facets_size(), 2);
    ASSERT_EQ(all.facets(0).values_size(), 2);
    EXPECT_EQ(all.facets(0).values(0).value(), "odd");
    EXPECT_EQ(all.facets(0).values(0).count(), 4);
    EXPECT_EQ(all.facets(1).values_size(), 5);
    request.set_q("service:even");
    EXPECT_EQ(archive_->list_facets(request).value().counted(), 2);
}

TEST_F(SearchTest, facets_of_log_records_have_the_usual_keys) {
    ASSERT_TRUE(store(LogRequest{}.log("one").log("two")));
    ::console::ListFacetsRequest request;
    request.set_signal("logs");
    const auto answer = archive_->list_facets(request).value();
    ASSERT_EQ(answer.facets_size(), 3);
    EXPECT_EQ(answer.facets(0).values(0).value(), "shop");
    EXPECT_EQ(answer.facets(1).key(), "severity");
    EXPECT_EQ(answer.facets(1).values(0).value(), "info");
    EXPECT_EQ(answer.facets(1).values(0).count(), 2);
}

TEST_F(SearchTest, records_around_one_are_those_that_came_before_and_after_it) {
    open();
    LogRequest request;
    for (int i = 0; i < 100; ++i) request.log(fmt::format("record {}", i));
    ASSERT_TRUE(store(request));
    const auto all = logs({}, 500);
    ::console::ListLogsRequest wanted;
    wanted.set_q("nothing like it");
    wanted.set_around(all.records(50).id());
    const auto around = archive_->list_logs(wanted).value();
    ASSERT_EQ(around.records_size(), 41);
    EXPECT_EQ(around.records(0).id(), all.records(30).id());
    EXPECT_EQ(around.records(20).id(), all.records(50).id());
    EXPECT_EQ(around.records(40).id(), all.records(70).id());
    wanted.set_around(all.records(0).id());
    EXPECT_EQ(archive_->list_logs(wanted).value().records_size(), 21);
    wanted.set_around("000001-9999999999");
    EXPECT_EQ(archive_->list_logs(wanted).error().reason(), "LOG_NOT_FOUND");
    for (const auto* wrong : {"1", "-", "a-b", "1-2x"}) {
        wanted.set_around(wrong);
        EXPECT_EQ(archive_->list_logs(wanted).error().violations().at(0).pointer, "/around") << wrong;
    }
}

TEST_F(SearchTest, words_are_found_in_all_blocks_of_log_records_and_in_any_part_of_a_word) {
    open();
    const auto store_numbers = [this](int first, int last) {
        LogRequest request;
        for (int i = first; i <= last; ++i) request.log(fmt::format("record {}{}", i, i % 1'000 == 3 ? " has a Rare-Text" : ""));
        ASSERT_TRUE(store(request));
    };
    store_numbers(0, 1'999);
    archive_.reset();
    open();
    store_numbers(2'000, 4'999);
    const auto count = [this](const std::string& query) { return logs(query, 500).records_size(); };
    for (const auto* query : {"rare-text", "RARE", "are-te", "\"a Rare-Text\"", "rare*text", "record rare"})
        EXPECT_EQ(count(query), 5) << query;
    EXPECT_EQ(count("2003"), 1);
    EXPECT_EQ(count("record 99"), 95) << "records whose number has 99 in it";
    EXPECT_EQ(count("no-such-text"), 0);
    EXPECT_EQ(count("-record"), 0);
    EXPECT_EQ(count("ra -rare"), 0);
}

TEST_F(SearchTest, blocks_of_log_records_without_the_text_take_no_time) {
    used_clock_ = &passing_;
    open();
    LogRequest request;
    for (std::int64_t i = 1; i < 4 * kLogBlockRecords; ++i) request.log(fmt::format("record {}", i));
    ASSERT_TRUE(store(request));
    // The time is over after some records.
    passing_.step = std::chrono::milliseconds{10};
    EXPECT_THAT(logs("no-such-text").next_page_token(), IsEmpty());
    EXPECT_THAT(logs("zz").next_page_token(), testing::Not(IsEmpty())) << "two letters are in no filter";
}

TEST_F(SearchTest, log_records_are_counted_by_pattern) {
    ASSERT_TRUE(store(LogRequest{}.log("order 1 is paid").log("order 2 is paid").log("nothing to do")));
    ::console::ListLogPatternsRequest request;
    const auto all = archive_->list_log_patterns(request).value();
    EXPECT_EQ(all.counted(), 3);
    EXPECT_FALSE(all.more());
    ASSERT_EQ(all.patterns_size(), 2);
    EXPECT_EQ(all.patterns(0).count(), 2);
    EXPECT_THAT(all.patterns(0).texts(), ElementsAre("order ", " is paid"));
    request.set_q("nothing");
    EXPECT_EQ(archive_->list_log_patterns(request).value().counted(), 1);
    request.set_q("duration>1mz");
    EXPECT_EQ(archive_->list_log_patterns(request).error().reason(), "BAD_QUERY");
}

TEST_F(SearchTest, facets_that_take_too_long_say_that_there_is_more) {
    used_clock_ = &passing_;
    store_traces(1, 9);
    passing_.step = std::chrono::milliseconds{40};
    ::console::ListFacetsRequest request;
    request.set_signal("traces");
    const auto answer = archive_->list_facets(request).value();
    EXPECT_TRUE(answer.more());
    EXPECT_LT(answer.counted(), 9);
}

}  // namespace
}  // namespace tw::console::test
