#pragma once

#include "services/console/record.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tw::console {

inline constexpr int kStatusOfError = 2;

/// The attribute with this key; null if there is none.
const Attribute* find_attribute(const AttributeVector& attributes, std::string_view key);

/// The HTTP or gRPC status of a span as text; empty if it has none.
std::string status_of(const SpanRecord& span);
/// What went wrong in a span whose status is error: its status message, else its error.type, else
/// its name.
std::string error_of(const SpanRecord& span);
/// "server", "client" and the like; empty for a span without a known kind.
std::string_view kind_of(const SpanRecord& span);
/// The name of the span's service.
std::string_view service_of(const SpanRecord& span);

/// Lower-case hexadecimal digits; empty for an id that is all zero.
std::string id_text(const TraceId& id);
std::string id_text(const SpanId& id);

}  // namespace tw::console
