#include "services/console/archive/otlp_reader.hpp"

#include "services/console/archive/otlp_records.hpp"
#include "services/console/archive/otlp_values.hpp"
#include "services/console/archive/wire_reader.hpp"

#include <bit>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace tw::console {
namespace {

// The export requests of all signals have these field numbers in common: the list of resources in
// the request, the list of scopes in a resource, and the list of records in a scope.
constexpr std::uint32_t kResources = 1;
constexpr std::uint32_t kScopes = 2;
constexpr std::uint32_t kRecords = 2;

std::string refusal_text(Reading reading) {
    switch (reading) {
        case Reading::bad_trace_id:
            return "a trace id has not 16 bytes, or all are zero";
        case Reading::bad_span_id:
            return "a span id has not 8 bytes, or all are zero";
        default:
            return "the id of a parent span has not 8 bytes";
    }
}

/// Calls `use` with each field of `list_number`, and returns the other fields. If all of them stand
/// together, these are the bytes themselves, otherwise a copy. Returns nothing if the message is
/// malformed, or if `use` returns false.
template <class Use>
std::optional<std::string_view> split_message(std::string_view message, std::uint32_t list_number, Texts& texts, Use use) {
    std::string_view rest;
    std::string joined;
    WireReader reader{message};
    WireField field;
    while (reader.next(field)) {
        if (field.is(list_number, WireField::kBytes)) {
            if (!use(field)) return std::nullopt;
        } else if (rest.empty() && joined.empty()) {
            rest = field.whole;
        } else if (joined.empty() && rest.data() + rest.size() == field.whole.data()) {
            rest = {rest.data(), rest.size() + field.whole.size()};
        } else {
            if (joined.empty()) joined = rest;
            joined += field.whole;
        }
    }
    if (reader.malformed()) return std::nullopt;
    return joined.empty() ? rest : texts.keep(std::move(joined));
}

void read_resource(std::string_view message, Texts& texts, ReadSource& source) {
    WireReader reader{message};
    WireField field;
    while (reader.next(field)) {
        if (field.is(1, WireField::kBytes)) read_attribute(field.bytes, texts, source.resource);
    }
}

void read_scope(std::string_view message, Texts& texts, ReadSource& source) {
    WireReader reader{message};
    WireField field;
    while (reader.next(field)) {
        if (field.is(1, WireField::kBytes)) source.scope_name = utf8_text(field.bytes, texts);
        if (field.is(2, WireField::kBytes)) source.scope_version = utf8_text(field.bytes, texts);
    }
}

/// Returns the first message in field 1, or nothing.
std::string_view head_of(std::string_view fields) {
    WireField field;
    for (WireReader reader{fields}; reader.next(field);) {
        if (field.is(1, WireField::kBytes)) return field.bytes;
    }
    return {};
}

/// Returns the message in field 1: the Resource of a ResourceSpans, the scope of a ScopeSpans.
std::string_view first_field(std::string_view fields) {
    std::string_view found;
    WireReader reader{fields};
    WireField field;
    while (reader.next(field)) {
        if (field.is(1, WireField::kBytes)) found = field.bytes;
    }
    return found;
}

/// Reads one request.
class RequestReading {
 public:
    RequestReading(telemetry::Signal signal, Batch& batch) : signal_{signal}, batch_{batch} {}

    bool read(std::string_view request) {
        WireReader reader{request};
        WireField field;
        while (reader.next(field)) {
            if (field.is(kResources, WireField::kBytes) && !read_resource_records(field.bytes)) return false;
        }
        return !reader.malformed();
    }
    Accepted accepted() { return std::move(accepted_); }

 private:
    bool read_resource_records(std::string_view message) {
        std::vector<std::string_view> scopes;
        const auto rest = split_message(message, kScopes, batch_.texts, [&](const WireField& field) {
            scopes.push_back(field.bytes);
            return true;
        });
        if (!rest) return false;
        for (const auto scope : scopes) {
            if (!read_scope_records(*rest, scope)) return false;
        }
        return true;
    }

    bool read_scope_records(std::string_view resource, std::string_view message) {
        std::vector<WireField> records;
        const auto scope = split_message(message, kRecords, batch_.texts, [&](const WireField& field) {
            records.push_back(field);
            return true;
        });
        if (!scope) return false;
        if (records.empty()) return true;
        // A request for metrics tells only its sender, which is a service that runs.
        const auto& source = read_source(resource, *scope, batch_);
        if (signal_ == telemetry::Signal::metrics) return true;
        for (const auto& record : records) {
            if (!read_record(record, source)) return false;
        }
        return true;
    }

    bool read_record(const WireField& field, const ReadSource& source) {
        if (field.bytes.size() > kRecordBytesMax) {
            refuse(fmt::format("a record has more than {} bytes", kRecordBytesMax));
            return true;
        }
        const auto reading = signal_ == telemetry::Signal::traces ? append_span(field, source) : append_log(field, source);
        if (reading == Reading::malformed) return false;
        if (reading != Reading::good) refuse(refusal_text(reading));
        return true;
    }

    Reading append_span(const WireField& field, const ReadSource& source) {
        auto& span = batch_.add_span();
        const auto reading = read_span(field.bytes, batch_.texts, span, batch_.brief);
        if (reading != Reading::good) {
            batch_.spans.pop_back();
            return reading;
        }
        span.source = &source;
        batch_.span_bytes.push_back(field.whole);
        return reading;
    }

    Reading append_log(const WireField& field, const ReadSource& source) {
        auto log = batch_.new_log();
        const auto reading = read_log(field.bytes, batch_.texts, log);
        if (reading != Reading::good) return reading;
        log.source = &source;
        batch_.logs.push_back(std::move(log));
        batch_.log_bytes.push_back(field.bytes);
        return reading;
    }

    void refuse(std::string reason) {
        if (accepted_.rejected++ == 0) accepted_.reason = std::move(reason);
    }

    telemetry::Signal signal_;
    Batch& batch_;
    Accepted accepted_;
};

void append_varint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
}

/// What stands before the bytes of a field.
void append_header(std::string& out, std::uint32_t number, std::size_t bytes) {
    append_varint(out, number << 3 | WireField::kBytes);
    append_varint(out, bytes);
}

/// The size of a field whose number has one byte.
std::size_t field_size(std::size_t bytes) { return 1 + (static_cast<std::size_t>(std::bit_width(bytes | 1)) + 6) / 7 + bytes; }

}  // namespace

Result<Accepted> read_request(telemetry::Signal signal, std::string_view request, Batch& batch) {
    const auto spans = batch.spans.size();
    const auto logs = batch.logs.size();
    RequestReading reading{signal, batch};
    if (reading.read(request)) return reading.accepted();
    batch.truncate(spans, logs);
    return Error{Code::invalid_argument, "OTLP_UNREADABLE", "the bytes are not an export request of OTLP (protobuf)"};
}

std::uint64_t count_records(telemetry::Signal signal, std::string_view request) {
    if (signal == telemetry::Signal::metrics) return 0;
    std::uint64_t records = 0;
    WireField resource;
    for (WireReader resources{request}; resources.next(resource);) {
        if (!resource.is(kResources, WireField::kBytes)) continue;
        WireField scope;
        for (WireReader scopes{resource.bytes}; scopes.next(scope);) {
            if (!scope.is(kScopes, WireField::kBytes)) continue;
            WireField record;
            for (WireReader reader{scope.bytes}; reader.next(record);) records += record.is(kRecords, WireField::kBytes) ? 1 : 0;
        }
    }
    return records;
}

std::string_view first_service_of(std::string_view request) {
    const auto resource = head_of(head_of(request));
    WireReader reader{resource};
    WireField field;
    while (reader.next(field)) {
        if (!field.is(1, WireField::kBytes)) continue;
        std::string_view key;
        std::string_view value;
        WireField part;
        for (WireReader attribute{field.bytes}; attribute.next(part);) {
            if (part.is(1, WireField::kBytes)) key = part.bytes;
            if (part.is(2, WireField::kBytes)) value = part.bytes;
        }
        // The first field of an AnyValue is a text.
        if (key == "service.name") return head_of(value);
    }
    return {};
}

const ReadSource& read_source(std::string_view resource_bytes, std::string_view scope_bytes, Batch& batch) {
    auto& source = batch.sources.emplace_back();
    source.number = batch.sources.size() - 1;
    source.resource_bytes = resource_bytes;
    source.scope_bytes = scope_bytes;
    source.service = "unknown_service";
    read_resource(first_field(resource_bytes), batch.texts, source);
    read_scope(first_field(scope_bytes), batch.texts, source);
    for (const auto& attribute : source.resource) {
        const auto* text = std::get_if<std::string_view>(&attribute.value);
        if (attribute.key == "service.name" && text != nullptr && !text->empty()) source.service = *text;
    }
    return source;
}

void read_stored_spans(std::string_view fields, const ReadSource& source, Batch& batch) {
    WireReader reader{fields};
    WireField field;
    while (reader.next(field)) {
        auto& span = batch.add_span();
        if (read_span(field.bytes, batch.texts, span, batch.brief) != Reading::good) {
            batch.spans.pop_back();
            continue;
        }
        span.source = &source;
        batch.span_bytes.push_back(field.whole);
    }
}

void read_stored_log(std::string_view record, const ReadSource& source, Batch& batch) {
    auto log = batch.new_log();
    if (read_log(record, batch.texts, log) != Reading::good) return;
    log.source = &source;
    batch.logs.push_back(std::move(log));
    batch.log_bytes.push_back(record);
}

void append_resource_records(std::string& request, const ReadSource& source, std::string_view fields) {
    const auto scope_size = source.scope_bytes.size() + fields.size();
    append_header(request, kResources, source.resource_bytes.size() + field_size(scope_size));
    request += source.resource_bytes;
    append_header(request, kScopes, scope_size);
    request += source.scope_bytes;
    request += fields;
}

void append_resource_log(std::string& request, const ReadSource& source, std::string_view record) {
    std::string field;
    append_header(field, kRecords, record.size());
    field += record;
    append_resource_records(request, source, field);
}

}  // namespace tw::console
