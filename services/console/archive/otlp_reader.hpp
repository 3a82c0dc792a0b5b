#pragma once

#include "kit/base/result.hpp"
#include "kit/telemetry/resource.hpp"
#include "services/console/archive.hpp"
#include "services/console/archive/batch.hpp"

#include <string_view>

namespace tw::console {

/// The largest span or log record that is taken.
inline constexpr std::size_t kRecordBytesMax = 1024UL * 1024;

/// Reads an export request of OTLP (protobuf) into `batch`. `request` must outlive the batch. Of a
/// request for metrics only the outer form is checked. A record with an id of a wrong length, a
/// span with an id of zeros and a record above kRecordBytesMax are refused, and the others are
/// taken. Fails with INVALID_ARGUMENT (OTLP_UNREADABLE) if the bytes are no such request; the batch
/// is then as before.
Result<Accepted> read_request(telemetry::Signal signal, std::string_view request, Batch& batch);

/// Counts the spans or log records of a request without reading them; 0 for metrics.
std::uint64_t count_records(telemetry::Signal signal, std::string_view request);
/// The service.name of the first resource of a request of any signal; empty if there is none.
std::string_view first_service_of(std::string_view request);

/// Reads a source from the bytes that a ReadSource has kept. They must outlive the batch. What is
/// malformed is left out.
const ReadSource& read_source(std::string_view resource_bytes, std::string_view scope_bytes, Batch& batch);
/// Reads spans from one or more fields "spans", as Batch::span_bytes has them, and appends them.
void read_stored_spans(std::string_view fields, const ReadSource& source, Batch& batch);
/// Reads a log record from the bytes that Batch::log_bytes has, and appends it.
void read_stored_log(std::string_view record, const ReadSource& source, Batch& batch);

/// Appends records with their source as they came, as one ResourceSpans or ResourceLogs of an
/// export request. `fields` is one or more fields "spans" or "log_records".
void append_resource_records(std::string& request, const ReadSource& source, std::string_view fields);
/// Appends one log record, of which Batch::log_bytes has the bytes.
void append_resource_log(std::string& request, const ReadSource& source, std::string_view record);

}  // namespace tw::console
