#include "kit/rpc/server/server_limits.hpp"

#include <string>
#include <string_view>

namespace tw::rpc {

Result<void> ServerLimits::validate() const {
    const auto positive = [](std::string_view name, auto value, auto max) -> Result<void> {
        if (value > decltype(value){} && value <= max) return {};
        return Error{Code::invalid_argument, "INVALID_SETTING", std::string{name} + " is out of its range"};
    };
    constexpr std::size_t kWindowMax = (std::size_t{1} << 31) - 1;
    if (auto fine = positive("message_bytes_max", message_bytes_max, kWindowMax); !fine) return fine;
    if (auto fine = positive("response_bytes_max", response_bytes_max, kMessageBytesMost); !fine) return fine;
    if (auto fine = positive("metadata_bytes_max", metadata_bytes_max, std::size_t{1} << 20); !fine) return fine;
    if (auto fine = positive("streams_max", streams_max, std::size_t{10'000}); !fine) return fine;
    if (auto fine = positive("stream_window_bytes", stream_window_bytes, kWindowMax); !fine) return fine;
    if (auto fine = positive("connection_window_bytes", connection_window_bytes, kWindowMax); !fine) return fine;
    if (auto fine = positive("connections_max", connections_max, std::size_t{1'000'000}); !fine) return fine;
    if (auto fine = positive("resets_max", resets_max, std::size_t{1'000'000}); !fine) return fine;
    constexpr std::chrono::milliseconds kDay{std::chrono::hours{24}};
    if (auto fine = positive("connection_age_max", connection_age_max, 365 * kDay); !fine) return fine;
    if (auto fine = positive("connection_grace", connection_grace, kDay); !fine) return fine;
    if (auto fine = positive("header_time_max", header_time_max, kDay); !fine) return fine;
    if (auto fine = positive("answer_time_max", answer_time_max, kDay); !fine) return fine;
    if (keepalive.time.count() != 0) {
        if (auto fine = positive("keepalive.time", keepalive.time, net::KeepaliveOptions::kTimeMost); !fine) return fine;
    }
    if (auto fine = positive("keepalive.timeout", keepalive.timeout, net::KeepaliveOptions::kTimeMost); !fine) return fine;
    if (pings.interval_min.count() != 0) {
        if (auto fine = positive("pings.interval_min", pings.interval_min, kDay); !fine) return fine;
    }
    return positive("idle_time_max", idle_time_max, kDay);
}

}  // namespace tw::rpc
