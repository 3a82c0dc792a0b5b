#pragma once

#include "kit/http/message.hpp"
#include "kit/http/telemetry/known_method.hpp"
#include "kit/telemetry/metrics.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tw::http {

/// The metrics of one HTTP server on one loop. A request costs one hash look-up and no allocation,
/// except for the first one of its route, method and status.
class ServerMetrics {
 public:
    explicit ServerMetrics(telemetry::Meter& meter) : meter_{meter} {}

    /// What is known of a request when its answer is ready.
    struct Exchange {
        std::string_view method;
        std::string_view route;
        int status = 0;
        /// The value of `error.type`; empty if the server did not fail.
        std::string_view error;
        Version version = Version::http_1_1;
        bool secure = false;  ///< whether it came by TLS
        double seconds = 0;
        std::size_t request_body_bytes = 0;
        std::size_t response_body_bytes = 0;
    };
    void record(const Exchange& exchange, const TraceContext& trace);

    /// Records the duration of a streamed answer, by how it ended (`tw.http.stream.end`).
    void record_stream(std::string_view route, std::string_view end, double seconds);

    /// These two functions count the requests in work, by method.
    void begin(std::string_view method, bool secure) { active(method, secure).add(1); }
    void end(std::string_view method, bool secure) { active(method, secure).add(-1); }

 private:
    struct Key {
        std::string_view route;
        int status;
        std::uint8_t method;
        Version version;
        bool secure;
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const {
            const auto version = static_cast<std::size_t>(key.version) << 1;
            const auto rest =
                static_cast<std::size_t>(key.status) << 8 | std::size_t{key.method} << 3 | version | std::size_t{key.secure};
            return std::hash<std::string_view>{}(key.route) ^ (rest * 0x9e3779b97f4a7c15U);
        }
    };
    struct Series {
        telemetry::Histogram duration;
        telemetry::Histogram request_body;
        telemetry::Histogram response_body;
    };

    telemetry::Counter& active(std::string_view method, bool secure);
    Series& series(const Exchange& exchange);
    Series bind(const Exchange& exchange, std::string_view method);

    telemetry::Meter& meter_;
    SystemClock clock_;
    std::array<std::optional<telemetry::Counter>, 2 * kKnownMethods.size()> active_;
    /// The series by their key. The keys refer to routes of the router, which outlives the server.
    std::unordered_map<Key, Series, Hash> series_;
};

}  // namespace tw::http
