#pragma once

#include "kit/telemetry/metrics.hpp"

#include <span>
#include <string>
#include <string_view>

namespace tw::telemetry {

/// Who speaks: the attributes that all telemetry of one service in one process has in common (OpenTelemetry specification,
/// "Resource"), such as service.name, service.version, host.name.
class Resource {
 public:
    /// Replaces the value that `key` has.
    void set(std::string_view key, MetricValue value);
    const MetricAttributes& attributes() const { return attributes_; }
    /// Empty where the key is missing or no text.
    std::string_view text(std::string_view key) const;

 private:
    MetricAttributes attributes_;
};

enum class Signal : std::uint8_t { traces, metrics, logs };

/// An export request of one signal (opentelemetry.proto.collector.{trace,metrics,logs}.v1.Export…ServiceRequest), which have
/// the same shape: the resource, the scope, and the records that recorders have encoded, in pieces. Appended to `request`: such
/// requests are lists, so that one after the other they are one request.
void append_export_request(std::string& request, const Resource& resource, std::string_view scope_name,
                           std::string_view scope_version, std::span<const std::string_view> records);

}  // namespace tw::telemetry
