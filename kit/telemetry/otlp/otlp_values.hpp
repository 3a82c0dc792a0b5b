#pragma once

#include "kit/base/clock.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace tw::telemetry {

// How values are written that spans, log records and metrics of OTLP share.

/// The field of AnyValue that holds text (opentelemetry/proto/common/v1/common.proto).
inline constexpr std::uint32_t kAnyString = 1;

/// The bytes of an id as the writer takes them.
inline std::string_view id_bytes(std::span<const std::uint8_t> id) {
    return {reinterpret_cast<const char*>(id.data()), id.size()};
}

/// Nanoseconds since 1970, in UTC.
inline std::uint64_t unix_nanos(Timestamp when) { return static_cast<std::uint64_t>(when.unix_micros()) * 1000; }

}  // namespace tw::telemetry
