#pragma once

#include "kit/base/encoding.hpp"
#include "kit/telemetry/collected_logs.hpp"
#include "kit/testing/fake_clock.hpp"
#include "services/console/archive.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>
#include <stdlib.h>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tw::console::test {

namespace otlp_trace = opentelemetry::proto::collector::trace::v1;
namespace otlp_logs = opentelemetry::proto::collector::logs::v1;
namespace otlp_common = opentelemetry::proto::common::v1;

/// 2026-01-01T00:00:00Z, where FakeClock begins.
inline constexpr std::int64_t kStartNs = 1'767'225'600'000'000'000;
inline constexpr std::int64_t kStartUs = kStartNs / 1000;

/// A folder that is removed after the test.
class TemporaryFolder {
 public:
    TemporaryFolder() {
        auto pattern = (std::filesystem::temp_directory_path() / "tw_archive_XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~TemporaryFolder() {
        std::error_code none;
        std::filesystem::remove_all(path_, none);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    /// The names of files with this ending, sorted.
    std::vector<std::string> names(std::string_view ending) const {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator{path_}) {
            if (entry.path().extension() == ending) found.push_back(entry.path().filename().string());
        }
        std::ranges::sort(found);
        return found;
    }

 private:
    std::filesystem::path path_;
};

/// Returns an id of `size` bytes that ends with `number`.
inline std::string id_of(std::uint64_t number, std::size_t size) {
    std::string id(size, '\x11');
    for (std::size_t i = 0; i < 8; ++i) id[size - 1 - i] = static_cast<char>(number >> (8 * i));
    return id;
}
inline std::string hex_of(std::string_view bytes) {
    std::string text(bytes.size() * 2, '0');
    write_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, text.data());
    return text;
}
inline std::string trace_hex(std::uint64_t number) { return hex_of(id_of(number, 16)); }
inline std::string span_hex(std::uint64_t number) { return hex_of(id_of(number, 8)); }

template <class Attributes>
void set_text(Attributes& attributes, std::string key, std::string value) {
    auto& attribute = *attributes.Add();
    attribute.set_key(std::move(key));
    attribute.mutable_value()->set_string_value(std::move(value));
}

/// A request for spans, which is made step by step.
class SpanRequest {
 public:
    SpanRequest& from(std::string service) {
        resource_ = request_.add_resource_spans();
        set_text(*resource_->mutable_resource()->mutable_attributes(), "service.name", std::move(service));
        resource_->add_scope_spans()->mutable_scope()->set_name("test");
        return *this;
    }
    /// Adds a span, which takes 1 ms and starts `number` ms after the others. `parent` 0 means
    /// none.
    SpanRequest& span(std::uint64_t trace, std::uint64_t number, std::uint64_t parent = 0, std::string name = "work") {
        if (resource_ == nullptr) from("shop");
        last_ = resource_->mutable_scope_spans(0)->add_spans();
        last_->set_trace_id(id_of(trace, 16));
        last_->set_span_id(id_of(number, 8));
        if (parent != 0) last_->set_parent_span_id(id_of(parent, 8));
        last_->set_name(std::move(name));
        last_->set_kind(opentelemetry::proto::trace::v1::Span::SPAN_KIND_SERVER);
        at(static_cast<std::int64_t>(number) * 1'000'000, 1'000'000);
        return *this;
    }
    /// Sets the times of the last span, in nanoseconds after kStartNs.
    SpanRequest& at(std::int64_t start_ns, std::int64_t duration_ns) {
        last_->set_start_time_unix_nano(static_cast<std::uint64_t>(kStartNs + start_ns));
        last_->set_end_time_unix_nano(static_cast<std::uint64_t>(kStartNs + start_ns + duration_ns));
        return *this;
    }
    SpanRequest& with(std::string key, std::string value) {
        set_text(*last_->mutable_attributes(), std::move(key), std::move(value));
        return *this;
    }
    opentelemetry::proto::trace::v1::Span& last() { return *last_; }
    std::string bytes() const { return request_.SerializeAsString(); }

 private:
    otlp_trace::ExportTraceServiceRequest request_;
    opentelemetry::proto::trace::v1::ResourceSpans* resource_ = nullptr;
    opentelemetry::proto::trace::v1::Span* last_ = nullptr;
};

/// A request for log records.
class LogRequest {
 public:
    LogRequest() {
        auto& resource = *request_.add_resource_logs();
        set_text(*resource.mutable_resource()->mutable_attributes(), "service.name", "shop");
        logs_ = resource.add_scope_logs();
    }
    LogRequest& log(std::string body, std::uint64_t trace = 0, std::uint64_t span = 0) {
        auto& record = *logs_->add_log_records();
        record.set_time_unix_nano(static_cast<std::uint64_t>(kStartNs));
        record.set_severity_number(opentelemetry::proto::logs::v1::SEVERITY_NUMBER_INFO);
        record.mutable_body()->set_string_value(std::move(body));
        if (trace != 0) record.set_trace_id(id_of(trace, 16));
        if (span != 0) record.set_span_id(id_of(span, 8));
        return *this;
    }
    opentelemetry::proto::logs::v1::LogRecord& last() { return *logs_->mutable_log_records(logs_->log_records_size() - 1); }
    std::string bytes() const { return request_.SerializeAsString(); }

 private:
    otlp_logs::ExportLogsServiceRequest request_;
    opentelemetry::proto::logs::v1::ScopeLogs* logs_ = nullptr;
};

/// An archive in a folder of its own. `store` returns when the request is stored.
class ArchiveTest : public testing::Test {
 protected:
    ArchiveTest() { options_.folder = folder_.path(); }

    /// The archive ends before what a test adds to this class.
    void TearDown() override { archive_.reset(); }

    void open() {
        archive_.reset();
        archive_ = open_archive(options_, *used_clock_, log_).value();
    }
    Result<Accepted> store(telemetry::Signal signal, std::string request) {
        if (archive_ == nullptr) open();
        std::promise<Result<Accepted>> stored;
        archive_->add(signal, std::move(request), [&](Result<Accepted> outcome) { stored.set_value(std::move(outcome)); });
        return stored.get_future().get();
    }
    Result<Accepted> store(const SpanRequest& request) { return store(telemetry::Signal::traces, request.bytes()); }
    Result<Accepted> store(const LogRequest& request) { return store(telemetry::Signal::logs, request.bytes()); }

    ::console::ListTracesResponse traces(const std::string& query = {}, int page_size = 0, const std::string& token = {},
                                         const std::string& sort = {}) {
        ::console::ListTracesRequest request;
        request.set_q(query);
        request.set_page_size(page_size);
        request.set_page_token(token);
        request.set_sort(sort);
        return archive_->list_traces(request).value();
    }
    std::vector<std::string> trace_ids(const ::console::ListTracesResponse& answer) {
        std::vector<std::string> ids;
        for (const auto& trace : answer.traces()) ids.push_back(trace.trace_id());
        return ids;
    }
    ::console::ListLogsResponse logs(const std::string& query = {}, int page_size = 0, const std::string& token = {}) {
        ::console::ListLogsRequest request;
        request.set_q(query);
        request.set_page_size(page_size);
        request.set_page_token(token);
        return archive_->list_logs(request).value();
    }
    ::console::Status status() { return archive_->get_status({}).value(); }
    Result<::console::Trace> trace(std::uint64_t number) {
        ::console::GetTraceRequest request;
        request.set_trace_id(trace_hex(number));
        return archive_->get_trace(request);
    }

    TemporaryFolder folder_;
    tw::test::FakeClock clock_;
    const Clock* used_clock_ = &clock_;
    telemetry::CollectedLogs sink_;
    telemetry::Logger log_{"console", clock_, sink_,
                           std::make_shared<std::atomic<telemetry::Severity>>(telemetry::Severity::info)};
    ArchiveOptions options_;
    std::unique_ptr<Archive> archive_;
};

}  // namespace tw::console::test
