#include "kit/simulation/network/network_state.hpp"

#include "kit/simulation/run/sequence.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kLateChunkEvery = 32;
constexpr int kLateChunkFactor = 8;
/// TCP sends again after pauses that grow, so it takes a moment to find that a link works again.
constexpr std::uint64_t kRetransmissionNanosMax = 1'000'000'000;
/// The number of faults that trouble_of_write chooses from.
constexpr std::uint64_t kWriteFaults = 5;

}  // namespace

NetworkState::NetworkState(Scheduler& at, const NetworkOptions& chosen)
    : scheduler{at}, options{chosen}, random{seed_of_part(at.seed(), "network")} {}

std::uint64_t NetworkState::pick(std::uint64_t below) { return next_in_sequence(random) % below; }

Link& NetworkState::link_between(std::string_view one, std::string_view other) {
    const auto [first, last] = std::minmax(one, other);
    return links[{std::string{first}, std::string{last}}];
}

SteadyTime NetworkState::arrival(const Link& link, std::size_t bytes) {
    const auto number = next_in_sequence(random);
    const auto range = static_cast<std::uint64_t>((options.latency_max - options.latency_min).count()) + 1;
    auto latency = options.latency_min + std::chrono::nanoseconds{(number >> 8) % range};
    if (number % kLateChunkEvery == 0) latency *= kLateChunkFactor;
    const auto now = scheduler.steady_now();
    if (now < link.slow_until) latency += link.slow_by;
    const auto when = now + latency + options.byte_time * static_cast<std::int64_t>(bytes);
    if (connected(link)) return when;
    return std::max(when, link.cut_until + latency + std::chrono::nanoseconds{pick(kRetransmissionNanosMax)});
}

std::chrono::nanoseconds NetworkState::duration(std::chrono::nanoseconds least, std::chrono::nanoseconds most) {
    const auto doublings = std::bit_width(static_cast<std::uint64_t>(most / least));
    const auto up_to = least * (std::int64_t{2} << scheduler.faults().pick(static_cast<std::uint64_t>(doublings)));
    const auto range = static_cast<std::uint64_t>((std::min(up_to, most) - least).count()) + 1;
    return least + std::chrono::nanoseconds{scheduler.faults().pick(range)};
}

NetworkState::Trouble NetworkState::trouble_of_write(Link& link, std::string_view place, bool by_client) {
    auto& faults = scheduler.faults();
    if (faults.intensity() <= 0) return Trouble::none;
    const auto number = next_in_sequence(random);
    if (number % options.writes_per_question != 0) return Trouble::none;
    switch (number / options.writes_per_question % kWriteFaults) {
        case 0:
            return faults.happens(by_client ? "request cut" : "answer cut", place, options.cut) ? Trouble::cut : Trouble::none;
        case 1:
            return faults.happens("half-open", place, options.half_open) ? Trouble::half_open : Trouble::none;
        case 2:
            return faults.happens(by_client ? "request stalled" : "answer stalled", place, options.stalled) ? Trouble::stalled
                                                                                                            : Trouble::none;
        case 3:
            if (faults.happens("slow link", place, options.slow))
                slow_link(link, place, duration(10ms, 1s), duration(100ms, 20s));
            return Trouble::none;
        default:
            if (faults.happens("partition", place, options.partition)) cut_link(link, place, duration(200ms, 30s));
            return Trouble::none;
    }
}

void NetworkState::cut_link(Link& link, std::string_view place, std::chrono::nanoseconds time) {
    link.cut_until = std::max(link.cut_until, scheduler.steady_now() + time);
    scheduler.history().tell([&] { return fmt::format("{}: nothing gets through for {}", place, in_millis(time)); });
}

void NetworkState::slow_link(Link& link, std::string_view place, std::chrono::nanoseconds by, std::chrono::nanoseconds time) {
    link.slow_until = scheduler.steady_now() + time;
    link.slow_by = by;
    scheduler.history().tell(
        [&] { return fmt::format("{}: everything takes {} longer for {}", place, in_millis(by), in_millis(time)); });
}

std::string in_millis(std::chrono::nanoseconds time) {
    return fmt::format("{} ms", std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

}  // namespace tw::simulation
