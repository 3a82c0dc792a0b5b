#include "kit/telemetry/otlp_log_recorder.hpp"

#include "kit/telemetry/otlp/otlp_values.hpp"
#include "kit/telemetry/otlp/protobuf_writer.hpp"
#include "kit/telemetry/text/utf8_text.hpp"

#include <span>

namespace tw::telemetry {
namespace {

using Wire = ProtobufWriter;

// Field numbers of opentelemetry/proto/logs/v1/logs.proto.
constexpr std::uint32_t kScopeLogsRecords = 2;
namespace log_field {
constexpr std::uint32_t kTime = 1, kSeverityNumber = 2, kSeverityText = 3, kBody = 5, kAttributes = 6, kDroppedAttributes = 7,
                        kFlags = 8, kTraceId = 9, kSpanId = 10, kObservedTime = 11, kEventName = 12;
}

bool in_trace(const LogRecord& record) { return record.trace != nullptr && record.trace->valid(); }

std::size_t size_of(const LogRecord& record, const OtlpAttributes& attributes) {
    auto size = Wire::fixed64_size(log_field::kTime) + Wire::fixed64_size(log_field::kObservedTime) +
                Wire::uint_size(log_field::kSeverityNumber, static_cast<std::uint64_t>(record.severity)) +
                Wire::field_size(log_field::kSeverityText, severity_name(record.severity).size()) + attributes.bytes().size() +
                Wire::field_size(log_field::kEventName, record.event.size());
    if (!record.body.empty()) size += Wire::field_size(log_field::kBody, Wire::field_size(kAnyString, record.body.size()));
    if (attributes.dropped() > 0) size += Wire::uint_size(log_field::kDroppedAttributes, attributes.dropped());
    if (in_trace(record)) {
        size += Wire::fixed32_size(log_field::kFlags) + Wire::field_size(log_field::kTraceId, record.trace->trace_id.size()) +
                Wire::field_size(log_field::kSpanId, record.trace->span_id.size());
    }
    return size;
}

void write(Wire& writer, const LogRecord& record, const OtlpAttributes& attributes) {
    const auto nanos = unix_nanos(record.when);
    writer.fixed64_field(log_field::kTime, nanos);
    writer.uint_field(log_field::kSeverityNumber, static_cast<std::uint64_t>(record.severity));
    writer.bytes_field(log_field::kSeverityText, severity_name(record.severity));
    if (!record.body.empty()) {
        writer.header(log_field::kBody, Wire::field_size(kAnyString, record.body.size()));
        writer.bytes_field(kAnyString, record.body);
    }
    writer.raw(attributes.bytes().data(), attributes.bytes().size());
    if (attributes.dropped() > 0) writer.uint_field(log_field::kDroppedAttributes, attributes.dropped());
    if (in_trace(record)) {
        writer.fixed32_field(log_field::kFlags, record.trace->flags);
        writer.bytes_field(log_field::kTraceId, id_bytes(record.trace->trace_id));
        writer.bytes_field(log_field::kSpanId, id_bytes(record.trace->span_id));
    }
    writer.fixed64_field(log_field::kObservedTime, nanos);
    writer.bytes_field(log_field::kEventName, record.event);
}

}  // namespace

void OtlpLogRecorder::record(const LogRecord& given) {
    const Utf8Text body{given.body};
    auto record = given;
    record.body = body.get();
    const std::lock_guard lock{mutex_};
    attributes_.clear();
    for (const auto& attribute : record.attributes) attributes_.set(log_field::kAttributes, attribute, limits_);
    const auto size = size_of(record, attributes_);
    Wire::append(batch_.bytes, Wire::field_size(kScopeLogsRecords, size), [&](Wire& writer) {
        writer.header(kScopeLogsRecords, size);
        write(writer, record, attributes_);
    });
    if (++batch_.records >= batch_records_) on_full_(batch_);
}

void OtlpLogRecorder::flush() {
    const std::lock_guard lock{mutex_};
    if (batch_.records > 0) on_full_(batch_);
}

}  // namespace tw::telemetry
