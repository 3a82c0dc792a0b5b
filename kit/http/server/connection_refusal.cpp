#include "kit/http/problem.hpp"
#include "kit/http/server/connection.hpp"
#include "kit/http/server/refused_head.hpp"
#include "kit/http/server/request_work.hpp"

// The end of a connection whose request is refused before a handler gets it.
namespace tw::http {
namespace {

/// How long a client must be silent before the connection is closed after a refusal. The client may
/// still be sending, and many clients send everything before they read the answer. Closing at once
/// would make the system drop the answer (RFC 9112 §9.6), so the rest is read and dropped.
constexpr std::chrono::seconds kLingerSilence{2};
constexpr std::size_t kLingerBytesMax = 64 * 1024 * 1024;
/// How many bytes, and for how long, a refused header is still read, to find out who may read the
/// answer.
constexpr std::size_t kHeadBytesMax = 256 * 1024;
constexpr std::chrono::seconds kHeadTimeMax{1};

}  // namespace

Task<void> Connection::reject(Error why) {
    keep_alive_ = false;
    const bool known = phase_ == Phase::body;
    const auto& request = parser_.request();
    const bool head_only = known ? request.method == "HEAD" : input_.bytes().starts_with("HEAD ");
    auto response = problem(why, {}, known ? std::string_view{request.path} : std::string_view{});
    const auto client = known ? origin_.client_of(host_.edge.proxies, request) : origin_.peer;
    if (phase_ != Phase::idle) {
        RequestWork::count_refusal(host_, client.secure, version_, known ? &request : nullptr, response, started_);
    }
    if (host_.on_refusal && known) host_.on_refusal(request, why, response);
    if (host_.on_refusal && !known) {
        auto partly = co_await read_refused_head();
        partly.version = version_;
        host_.on_refusal(partly, why, response);
    }
    append(response, head_only);
    if (host_.access_log) {
        host_.telemetry.log.limited(telemetry::Severity::info, "http.rejected",
                                    {{"error.type", why.reason()}, {"client.address", client.attributes->peer}}, why.detail());
    }
    if (co_await flush()) co_await linger();
}

/// Returns what is known of the request that is being refused. Continues to read its header if that
/// has not ended.
Task<Request> Connection::read_refused_head() {
    RefusedHead scan;
    const bool more_may_come = phase_ == Phase::head && !timed_out_;
    std::size_t scanned = 0;
    if (more_may_come)
        wait_until(host_.loop.now() + std::min<std::chrono::nanoseconds>(kHeadTimeMax, host_.limits.header_time_max));
    while (true) {
        const auto bytes = input_.bytes();
        scanned += bytes.size();
        scan.feed(bytes);
        input_.consume(bytes.size());
        room_made_.notify();
        if (!input_.empty()) continue;
        if (!more_may_come || scan.ended() || ended_ || timed_out_ || scanned > kHeadBytesMax) break;
        co_await input_changed_;
    }
    timer_.cancel();
    co_return scan.request();
}

/// Reads and drops what the client still sends, until it ends its side or is silent, or a limit of
/// time or bytes is reached.
Task<void> Connection::linger() {
    phase_ = Phase::lingering;
    stream_->shutdown_write();
    const auto latest = host_.loop.now() + host_.limits.request_time_max;
    timed_out_ = false;
    std::size_t dropped = 0;
    while (!ended_ && !timed_out_ && dropped < kLingerBytesMax) {
        dropped += input_.bytes().size();
        input_.consume(input_.bytes().size());
        room_made_.notify();
        if (!input_.empty() || ended_) continue;
        wait_until(std::min<SteadyTime>(latest, host_.loop.now() + kLingerSilence));
        co_await input_changed_;
    }
    timer_.cancel();
}

}  // namespace tw::http
