#include "services/console/query.hpp"
#include "services/console/query/record_fixture.hpp"

#include <benchmark/benchmark.h>

namespace tw::console {
namespace {

using test::attribute;

const Source kSource{.service = "order-service", .resource = {attribute("service.name", "order-service")}};

/// A span of a statement, as the shop's services record it.
SpanRecord recorded_statement() {
    SpanRecord span{.trace_id = test::trace_id(1), .span_id = test::span_id(2)};
    span.start_ns = 1'000'000'000;
    span.end_ns = 1'494'000'000;
    span.kind = 3;
    span.name = "INSERT orders";
    span.attributes = {
        attribute("db.system.name", "sqlite"),
        attribute("db.namespace", "order"),
        attribute("db.operation.name", "INSERT"),
        attribute("db.collection.name", "orders"),
        attribute("db.query.summary", "INSERT orders"),
        attribute("db.query.text",
                  "INSERT INTO orders(id, user_id, status, total, currency, created_at) VALUES (?, ?, ?, ?, ?, ?)"),
        attribute("db.operation.batch.size", 2),
        attribute("http.response.status_code", 503),
    };
    span.source = &kSource;
    return span;
}

/// Compares one span with a query, all of whose terms hold but the last.
void match_span(benchmark::State& state, const char* text) {
    const auto query = Query::parse(text).value();
    const std::vector trace{recorded_statement()};
    for (auto _ : state) benchmark::DoNotOptimize(query.matches(trace));
}
BENCHMARK_CAPTURE(match_span, three_keys, "service:order* duration>200ms http.response.status_code>=504");
BENCHMARK_CAPTURE(match_span, key_word_and_negation, "service:order* -name:*health* timeout");
BENCHMARK_CAPTURE(match_span, three_attributes, "db.namespace:order db.collection.name:ord* db.operation.name:UPDATE");

void parse_query(benchmark::State& state) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(
            Query::parse("service:order* name:\"POST /api/orders\" duration>200ms error -name:*health* text"));
    }
}
BENCHMARK(parse_query);

}  // namespace
}  // namespace tw::console
