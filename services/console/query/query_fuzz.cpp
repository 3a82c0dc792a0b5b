#include "kit/testing/fuzz_input.hpp"
#include "services/console/query.hpp"
#include "services/console/query/record_fixture.hpp"

// Fuzzes the reading of queries, and the comparison of what was read with a span and a log record.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace tw::console;
    using tw::test::require;
    tw::test::FuzzInput input{bytes, size};
    const auto value = input.take(input.byte() % 16);
    const std::string text{input.rest()};
    const auto query = Query::parse(text);
    if (!query) {
        require(query.error().reason() == "BAD_QUERY" && query.error().violations().size() == 1, "an error says where");
        return 0;
    }
    const Source source{.service = value};
    SpanRecord span{.status = 2, .name = value, .attributes = {test::attribute("a", value), test::attribute("n", 7)}};
    span.source = &source;
    const LogEntry log{.body = value, .attributes = span.attributes, .source = &source};
    const std::vector trace{span, SpanRecord{}};
    const bool found = query->matches(trace);
    require(!query->matches_all() || found, "a query that matches all matches a trace");

    const auto twice = Query::parse(text + " " + text);
    if (!twice) return 0;
    require(twice->matches(trace) == found, "a term that is said twice means the same");
    require(twice->matches(log) == query->matches(log), "it does so for log records");
    return 0;
}
