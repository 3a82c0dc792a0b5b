#include "kit/net/h2_served_connection.hpp"

#include <utility>

namespace tw::net {
namespace {

/// By which part of itself a connection's age varies in either direction.
constexpr double kAgeSpread = 0.1;

std::chrono::nanoseconds spread_age(std::chrono::milliseconds age, Random& random) {
    const std::chrono::duration<double> spread = age * (1 - kAgeSpread + 2 * kAgeSpread * random.uniform());
    return std::chrono::duration_cast<std::chrono::nanoseconds>(spread);
}

}  // namespace

H2ServedConnection::H2ServedConnection(EventLoop& loop, std::unique_ptr<Stream> stream, const H2ServedOptions& options,
                                       Random& random, H2Requests& requests)
    : loop_{loop},
      options_{options},
      requests_{requests},
      connection_{loop, std::move(stream), H2Session::Side::server, options.limits, *this},
      age_max_{spread_age(options.age_max, random)},
      idle_{loop.timers(), [this] { on_idle_time(); }},
      header_{loop.timers(), [this] { on_header_time(); }},
      age_{loop.timers(), [this] { on_age(); }} {}

Task<Result<void>> H2ServedConnection::run(std::string opening) {
    if (!idle_.armed()) idle_.arm(loop_.now() + options_.idle_time_max);
    if (options_.age_from_start) start_age();
    auto ended = co_await connection_.run(std::move(opening));
    idle_.cancel();
    header_.cancel();
    age_.cancel();
    co_return ended;
}

void H2ServedConnection::drain() {
    connection_.session().drain();
    // A second call does not give an idle client more time.
    if (!std::exchange(leaving_, true) && connection_.session().streams() == 0) idle_.arm(loop_.now() + options_.leave_time_max);
}

void H2ServedConnection::start_age() {
    if (!age_.armed()) age_.arm(loop_.now() + age_max_);
}

H2Stream* H2ServedConnection::on_request() {
    const auto now = connection_.received_at();
    auto* const stream = requests_.on_request(now);
    if (stream == nullptr) return nullptr;
    idle_.cancel();
    if (!header_.armed()) header_.arm(now + options_.header_time_max);
    return stream;
}

void H2ServedConnection::on_stream_gone() {
    if (connection_.session().streams() > 0) return;
    // A client that must leave still has to read its last answer, which may have come long after
    // its request. For the idle time, the time of the last read is close enough.
    idle_.arm(leaving_ ? loop_.now() + options_.leave_time_max : connection_.received_at() + options_.idle_time_max);
}

void H2ServedConnection::on_idle_time() {
    if (leaving_) return close();
    drain();
}

void H2ServedConnection::on_header_time() {
    const auto since = connection_.session().header_since();
    if (!since) return;
    const auto end = *since + options_.header_time_max;
    if (end > loop_.now()) return header_.arm(end);
    connection_.session().terminate(H2Code::enhance_your_calm, "a header did not end in time");
}

void H2ServedConnection::on_age() {
    if (std::exchange(aged_, true)) return close();
    drain();
    age_.arm(loop_.now() + options_.age_grace);
}

}  // namespace tw::net
