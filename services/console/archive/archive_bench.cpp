#include "kit/telemetry/collected_logs.hpp"
#include "services/console/archive.hpp"

#include <ctime>
#include <filesystem>
#include <future>
#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>
#include <random>
#include <stdlib.h>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

// How long the archive needs to store spans, and to find them among many. TW_ARCHIVE_SPANS says how
// many spans the searches have before them.

namespace tw::console {
namespace {

namespace otlp = opentelemetry::proto;

constexpr int kSpansATrace = 12;
constexpr int kTracesARequest = 40;
constexpr const char* kServices[] = {"api-gateway", "order-service", "catalog-service", "user-service", "payment-service"};

class Ids {
 public:
    std::string next(std::size_t size) {
        std::string id(size, '\0');
        for (auto& byte : id) byte = static_cast<char>(random_());
        return id;
    }

 private:
    std::mt19937_64 random_{1};
};

void add_text(otlp::trace::v1::Span& span, const char* key, std::string value) {
    auto& attribute = *span.add_attributes();
    attribute.set_key(key);
    attribute.mutable_value()->set_string_value(std::move(value));
}

/// Fills a span, which is the child of `parent`, and makes it the next parent.
void fill(otlp::trace::v1::Span& span, const std::string& trace, std::string& parent, Ids& ids, int number,
          std::int64_t start_ns) {
    span.set_trace_id(trace);
    span.set_span_id(ids.next(8));
    span.set_parent_span_id(std::exchange(parent, span.span_id()));
    span.set_name(number == 0 ? "POST /api/orders" : fmt::format("operation {}", number));
    span.set_kind(number % 2 == 0 ? otlp::trace::v1::Span::SPAN_KIND_SERVER : otlp::trace::v1::Span::SPAN_KIND_CLIENT);
    span.set_start_time_unix_nano(static_cast<std::uint64_t>(start_ns + number * 1000));
    span.set_end_time_unix_nano(static_cast<std::uint64_t>(start_ns + 2'000'000 - number * 1000));
    add_text(span, "rpc.system.name", "grpc");
    add_text(span, "rpc.method", "shop.OrderService/CreateOrder");
    add_text(span, "server.address", "127.0.0.1");
    add_text(span, "url.path", "/api/orders");
    auto& status = *span.add_attributes();
    status.set_key("http.response.status_code");
    status.mutable_value()->set_int_value(201);
    if (number < 2) add_text(span, "shop.order.id", fmt::format("order-{:02x}", fmt::join(trace, "")));
}

/// A request as the exporter sends it: one resource for each service, which has its share of each
/// trace.
std::string make_request(Ids& ids, std::int64_t start_ns, std::string& last_trace) {
    otlp::collector::trace::v1::ExportTraceServiceRequest request;
    for (const auto* service : kServices) {
        auto& resource = *request.add_resource_spans();
        for (const auto& [key, value] :
             {std::pair{"service.name", service}, {"service.version", "0.1.0"}, {"host.name", "host"}}) {
            auto& attribute = *resource.mutable_resource()->add_attributes();
            attribute.set_key(key);
            attribute.mutable_value()->set_string_value(value);
        }
        resource.add_scope_spans()->mutable_scope()->set_name("tradewind");
    }
    for (int i = 0; i < kTracesARequest; ++i) {
        last_trace = ids.next(16);
        std::string parent;
        for (int number = 0; number < kSpansATrace; ++number) {
            auto& resource = *request.mutable_resource_spans(number % static_cast<int>(std::size(kServices)));
            fill(*resource.mutable_scope_spans(0)->add_spans(), last_trace, parent, ids, number, start_ns + i * 10'000'000LL);
        }
    }
    return request.SerializeAsString();
}

/// Older spans would be removed at once.
std::int64_t now_ns() { return SystemClock{}.now().unix_micros() * 1000; }

/// An archive in a folder that is removed at the end.
class BenchArchive {
 public:
    BenchArchive() {
        auto pattern = (std::filesystem::temp_directory_path() / "tw_archive_bench_XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
        ArchiveOptions options;
        options.folder = folder_;
        options.records_per_second_max = 0;
        // Whatever is stored is kept.
        options.bytes_max = 1ULL << 40;
        options.age_max = std::chrono::hours{24 * 365};
        archive_ = open_archive(options, clock_, log_).value();
    }
    ~BenchArchive() {
        archive_.reset();
        std::error_code none;
        std::filesystem::remove_all(folder_, none);
    }

    Archive& get() { return *archive_; }
    void store(std::string request, telemetry::Signal signal = telemetry::Signal::traces) {
        std::promise<void> stored;
        archive_->add(signal, std::move(request), [&](const Result<Accepted>&) { stored.set_value(); });
        stored.get_future().wait();
    }

 private:
    SystemClock clock_;
    telemetry::DiscardedLogs sink_;
    telemetry::Logger log_{"bench", clock_, sink_, std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::off)};
    std::filesystem::path folder_;
    std::unique_ptr<Archive> archive_;
};

double process_cpu_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// The CPU time of all threads, from the call of `add` to the commit.
void intake(benchmark::State& state) {
    Ids ids;
    BenchArchive archive;
    std::int64_t start_ns = now_ns();
    std::int64_t spans = 0;
    double cpu_seconds = 0;
    std::string trace;
    for (auto _ : state) {
        state.PauseTiming();
        auto request = make_request(ids, start_ns += 1'000'000'000, trace);
        const double before = process_cpu_seconds();
        state.ResumeTiming();
        archive.store(std::move(request));
        cpu_seconds += process_cpu_seconds() - before;
        spans += kTracesARequest * kSpansATrace;
    }
    state.counters["cpu_us_per_span"] = cpu_seconds * 1e6 / static_cast<double>(spans);
    state.SetItemsProcessed(spans);
}
BENCHMARK(intake)->UseRealTime();

void intake_of_logs(benchmark::State& state) {
    constexpr int kRecords = 100;
    Ids ids;
    otlp::collector::logs::v1::ExportLogsServiceRequest request;
    auto& logs = *request.add_resource_logs()->add_scope_logs();
    for (int i = 0; i < kRecords; ++i) {
        auto& record = *logs.add_log_records();
        record.set_time_unix_nano(static_cast<std::uint64_t>(now_ns()));
        record.set_severity_number(otlp::logs::v1::SEVERITY_NUMBER_INFO);
        record.set_event_name("http.request");
        record.mutable_body()->set_string_value(fmt::format("POST /api/orders 201 in {} ms", i));
        record.set_trace_id(ids.next(16));
        record.set_span_id(ids.next(8));
        for (int key = 0; key < 6; ++key) {
            auto& attribute = *record.add_attributes();
            attribute.set_key(fmt::format("attribute.{}", key));
            attribute.mutable_value()->set_string_value("some value");
        }
    }
    const auto bytes = request.SerializeAsString();
    BenchArchive archive;
    const double before = process_cpu_seconds();
    for (auto _ : state) archive.store(bytes, telemetry::Signal::logs);
    const auto records = state.iterations() * kRecords;
    state.counters["cpu_us_per_record"] = (process_cpu_seconds() - before) * 1e6 / static_cast<double>(records);
}
BENCHMARK(intake_of_logs)->UseRealTime();

/// An archive with many spans, which all searches share.
class Filled {
 public:
    Filled() {
        const char* const wanted = std::getenv("TW_ARCHIVE_SPANS");
        const std::int64_t spans = wanted == nullptr ? 200'000 : std::atoll(wanted);
        Ids ids;
        std::int64_t start_ns = now_ns();
        for (std::int64_t stored = 0; stored < spans; stored += kTracesARequest * kSpansATrace) {
            archive.store(make_request(ids, start_ns += 1'000'000'000, trace));
            if (stored == 0) first_trace = trace;
        }
    }

    BenchArchive archive;
    std::string first_trace;
    std::string trace;
};

Filled& filled() {
    static Filled archive;
    return archive;
}

std::string hex(std::string_view bytes) {
    return fmt::format("{:02x}", fmt::join(std::basic_string<std::uint8_t>(bytes.begin(), bytes.end()), ""));
}

void list(benchmark::State& state, const std::string& query, const std::string& sort) {
    auto& archive = filled().archive.get();
    ::console::ListTracesRequest request;
    request.set_q(query);
    request.set_sort(sort);
    int found = 0;
    for (auto _ : state) found = archive.list_traces(request).value().traces_size();
    state.counters["found"] = found;
    const auto status = archive.get_status({}).value();
    state.counters["spans"] = static_cast<double>(status.spans());
    state.counters["bytes_per_span"] = static_cast<double>(status.bytes()) / static_cast<double>(status.spans());
}

void newest(benchmark::State& state) { list(state, "", ""); }
void newest_of_service(benchmark::State& state) { list(state, "service:payment-service", ""); }
void newest_of_missing_service(benchmark::State& state) { list(state, "service:no-such-service", ""); }
void newest_by_duration(benchmark::State& state) { list(state, "duration>1ms", ""); }
void slowest(benchmark::State& state) { list(state, "", "slowest"); }
void by_trace_id(benchmark::State& state) { list(state, "trace_id:" + hex(filled().first_trace), ""); }
void by_order_id(benchmark::State& state) {
    list(state, fmt::format("shop.order.id:order-{:02x}", fmt::join(filled().first_trace, "")), "");
}
void by_missing_value(benchmark::State& state) { list(state, "url.path:/api/nothing-like-it", ""); }
void facets(benchmark::State& state) {
    ::console::ListFacetsRequest request;
    request.set_signal("traces");
    std::int64_t counted = 0;
    for (auto _ : state) counted = filled().archive.get().list_facets(request).value().counted();
    state.counters["counted"] = static_cast<double>(counted);
}
void get_trace(benchmark::State& state) {
    ::console::GetTraceRequest request;
    request.set_trace_id(hex(filled().first_trace));
    for (auto _ : state) benchmark::DoNotOptimize(filled().archive.get().get_trace(request).value());
}

/// An archive with many log records, which all searches share. TW_ARCHIVE_LOGS says how many.
class FilledWithLogs {
 public:
    FilledWithLogs() {
        const char* const wanted = std::getenv("TW_ARCHIVE_LOGS");
        const std::int64_t records = wanted == nullptr ? 100'000 : std::atoll(wanted);
        Ids ids;
        for (std::int64_t stored = 0; stored < records;) {
            otlp::collector::logs::v1::ExportLogsServiceRequest request;
            auto& logs = *request.add_resource_logs()->add_scope_logs();
            for (int i = 0; i < 500; ++i, ++stored) add(*logs.add_log_records(), ids, stored);
            archive.store(request.SerializeAsString(), telemetry::Signal::logs);
        }
    }

    BenchArchive archive;

 private:
    /// A record as the gateway writes it. One of 100,000 says something rare.
    static void add(otlp::logs::v1::LogRecord& record, Ids& ids, std::int64_t number) {
        record.set_time_unix_nano(static_cast<std::uint64_t>(now_ns()));
        record.set_severity_number(otlp::logs::v1::SEVERITY_NUMBER_INFO);
        record.set_event_name("http.request");
        record.set_trace_id(ids.next(16));
        record.set_span_id(ids.next(8));
        const auto order = fmt::format("{:02x}", fmt::join(ids.next(16), ""));
        record.mutable_body()->set_string_value(number % 100'000 == 7
                                                    ? "the provider has no answer for order " + order
                                                    : fmt::format("POST /api/orders/{}/pay 201 {}.4 ms", order, number % 97));
        for (const auto& [key, value] : {std::pair<const char*, std::string>{"http.request.method", "POST"},
                                         {"http.route", "/api/orders/{id}/pay"},
                                         {"url.path", "/api/orders/" + order + "/pay"},
                                         {"client.address", "127.0.0.1"},
                                         {"user_agent.original", "curl/7.88.1"}}) {
            auto& attribute = *record.add_attributes();
            attribute.set_key(key);
            attribute.mutable_value()->set_string_value(value);
        }
    }
};

/// One page of the records that match, as the page of logs asks for it.
void logs_by(benchmark::State& state, const std::string& query) {
    static FilledWithLogs filled;
    ::console::ListLogsRequest request;
    request.set_q(query);
    ::console::ListLogsResponse found;
    for (auto _ : state) found = filled.archive.get().list_logs(request).value();
    state.counters["found"] = found.records_size();
    state.counters["whole"] = found.next_page_token().empty() ? 1 : 0;
    const auto status = filled.archive.get().get_status({}).value();
    state.counters["records"] = static_cast<double>(status.log_records());
    state.counters["bytes_per_record"] = static_cast<double>(status.bytes()) / static_cast<double>(status.log_records());
}
void logs_by_frequent_word(benchmark::State& state) { logs_by(state, "orders"); }
void logs_by_rare_word(benchmark::State& state) { logs_by(state, "provider"); }
void logs_by_part_of_a_word(benchmark::State& state) { logs_by(state, "rovide"); }
void logs_by_two_words(benchmark::State& state) { logs_by(state, "\"no answer\""); }
void logs_by_missing_word(benchmark::State& state) { logs_by(state, "nowhere"); }
/// Two letters say nothing to the filter of a block, so all records are looked at.
void logs_by_two_letters(benchmark::State& state) { logs_by(state, "qz"); }

BENCHMARK(logs_by_frequent_word)->Unit(benchmark::kMicrosecond);
BENCHMARK(logs_by_rare_word)->Unit(benchmark::kMicrosecond);
BENCHMARK(logs_by_part_of_a_word)->Unit(benchmark::kMicrosecond);
BENCHMARK(logs_by_two_words)->Unit(benchmark::kMicrosecond);
BENCHMARK(logs_by_missing_word)->Unit(benchmark::kMicrosecond);
BENCHMARK(logs_by_two_letters)->Unit(benchmark::kMicrosecond);

BENCHMARK(newest);
BENCHMARK(newest_of_service);
BENCHMARK(newest_of_missing_service)->Unit(benchmark::kMicrosecond);
BENCHMARK(newest_by_duration);
BENCHMARK(slowest)->Unit(benchmark::kMicrosecond);
BENCHMARK(by_trace_id);
BENCHMARK(by_order_id);
BENCHMARK(by_missing_value)->Unit(benchmark::kMicrosecond);
BENCHMARK(facets)->Unit(benchmark::kMicrosecond);
BENCHMARK(get_trace);

}  // namespace
}  // namespace tw::console
