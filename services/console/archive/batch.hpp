#pragma once

#include "services/console/record.hpp"

#include <cstdint>
#include <forward_list>
#include <list>
#include <memory_resource>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::console {

/// A resource with a scope, and their bytes as they came.
struct ReadSource : Source {
    /// All fields of the ResourceSpans or ResourceLogs but the list of scopes.
    std::string_view resource_bytes;
    /// All fields of the ScopeSpans or ScopeLogs but the list of records.
    std::string_view scope_bytes;
    /// The place among the sources of the batch.
    std::size_t number = 0;
};

/// Texts that live as long as the batch they belong to.
class Texts {
 public:
    std::string_view keep(std::string text) { return texts_.emplace_front(std::move(text)); }

 private:
    // An empty list has no memory, and most batches need no texts.
    std::forward_list<std::string> texts_;
};

/// Records that were read from OTLP. The bytes that they were read from must outlive the batch,
/// unless they are in `texts`.
struct Batch {
    /// Whether only those parts of spans are read that summaries, counts and ids need: no events
    /// and links, and few attributes.
    bool brief = false;
    /// Where the attributes of the records lie. It is freed as a whole, with the batch.
    std::pmr::monotonic_buffer_resource memory;
    Texts texts;
    std::list<ReadSource> sources;
    std::vector<SpanRecord> spans;
    /// The field "spans" of each span, as it stood in the request.
    std::vector<std::string_view> span_bytes;
    std::vector<LogEntry> logs;
    /// The LogRecord of each log record.
    std::vector<std::string_view> log_bytes;

    /// Adds an empty span, whose attributes will lie in this batch.
    SpanRecord& add_span() { return spans.emplace_back(SpanRecord{.attributes = AttributeVector(&memory)}); }
    /// An empty record, whose attributes will lie in this batch.
    LogEntry new_log() { return LogEntry{.attributes = AttributeVector(&memory)}; }

    void clear() {
        truncate(0, 0);
        sources.clear();
        texts = {};
        memory.release();
    }
    void truncate(std::size_t spans_size, std::size_t logs_size) {
        spans.resize(spans_size);
        span_bytes.resize(spans_size);
        logs.resize(logs_size);
        log_bytes.resize(logs_size);
    }
};

/// The source of a record that was read into a Batch.
inline const ReadSource& read_source_of(const SpanRecord& span) { return static_cast<const ReadSource&>(*span.source); }
inline const ReadSource& read_source_of(const LogEntry& log) { return static_cast<const ReadSource&>(*log.source); }

}  // namespace tw::console
