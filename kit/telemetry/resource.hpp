#pragma once

#include "kit/telemetry/metrics.hpp"

#include <span>
#include <string>
#include <string_view>

namespace tw::telemetry {

/// The sender of telemetry: the attributes that all telemetry of one service in one process shares
/// (OpenTelemetry specification, "Resource"), such as service.name, service.version, host.name.
class Resource {
 public:
    /// Sets an attribute, or replaces its value.
    void set(std::string_view key, MetricValue value);
    const MetricAttributes& attributes() const { return attributes_; }
    /// Returns the text of an attribute, or an empty text if it is missing or not a text.
    std::string_view text(std::string_view key) const;

 private:
    MetricAttributes attributes_;
};

enum class Signal : std::uint8_t { traces, metrics, logs };

/// Appends an export request of one signal
/// (opentelemetry.proto.collector.{trace,metrics,logs}.v1.Export…ServiceRequest) to `request`. The
/// three requests have the same form: the resource, the scope, and the records, which recorders
/// have encoded, in pieces. Such requests are lists, so several of them in a row are one request.
void append_export_request(std::string& request, const Resource& resource, std::string_view scope_name,
                           std::string_view scope_version, std::span<const std::string_view> records);

}  // namespace tw::telemetry
