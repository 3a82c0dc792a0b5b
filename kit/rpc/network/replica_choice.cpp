#include "kit/rpc/network/network_transport.hpp"
#include "kit/rpc/reasons.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

/// The part of NetworkTransport that looks at what the calls to each replica have shown: which
/// replicas get no calls for now, and what becomes of calls when no replica is left.
namespace tw::rpc {

bool NetworkTransport::may_use(std::size_t index) const {
    const auto now = loop_.now();
    if (!subchannels_[index]->replica().breaker().would_allow(now)) return false;
    if (!subchannels_[index]->replica().record().ejected(now)) return true;
    // A replica that was ejected is better than none.
    return std::ranges::none_of(subchannels_, [&](const auto& other) {
        const Replica& replica = other->replica();
        return other->connectivity() == Connectivity::ready && replica.breaker().would_allow(now) &&
               !replica.record().ejected(now);
    });
}

std::optional<SteadyTime> NetworkTransport::blocked_until() const {
    if (!impaired_) return std::nullopt;
    const auto now = loop_.now();
    auto until = SteadyTime::max();
    for (const auto& subchannel : subchannels_) {
        const auto state = subchannel->connectivity();
        if (state == Connectivity::connecting) return std::nullopt;
        if (state != Connectivity::ready) continue;
        const auto& breaker = subchannel->replica().breaker();
        if (breaker.would_allow(now)) return std::nullopt;
        until = std::min(until, breaker.probe_at());
    }
    return until == SteadyTime::max() ? std::nullopt : std::optional{until};
}

void NetworkTransport::on_replica(Subchannel& which, Breaker::Change change) {
    switch (change) {
        case Breaker::Change::none:
            break;
        case Breaker::Change::opened:
            impaired_ = true;
            if (report_) report_->opened(which);
            // Calls that wait for this replica must not wait for it in vain.
            return wake_all(false);
        case Breaker::Change::closed:
            if (report_) report_->closed(which);
            look_after_replicas();
            return on_room();
    }
    judge_replicas();
}

void NetworkTransport::judge_replicas() {
    const auto now = loop_.now();
    if (!picker_.keeps_connected() || !outliers_.due(now)) return;
    std::vector<Outliers::Record*> records;
    for (const auto& subchannel : subchannels_) records.push_back(&subchannel->replica().record());
    std::vector<bool> were;
    for (const auto* const record : records) were.push_back(record->ejected(now));
    if (outliers_.judge(records, now) == 0) return;
    impaired_ = true;
    for (std::size_t i = 0; report_ && i < records.size(); ++i) {
        if (records[i]->ejected(now) && !were[i]) report_->ejected(*subchannels_[i]);
    }
}

void NetworkTransport::look_after_replicas() {
    const auto now = loop_.now();
    impaired_ = std::ranges::any_of(subchannels_, [now](const auto& one) { return one->replica().impaired(now); });
}

Error NetworkTransport::circuit_open(SteadyTime until) const {
    return Error{Code::unavailable, reason::kCircuitOpen,
                 settings_->callee + " is not called for now: its last calls have failed."}
        .with_cause("the circuit breaker of " + settings_->address + " is open")
        .with_retry_after(
            std::chrono::ceil<std::chrono::milliseconds>(std::max(until - loop_.now(), std::chrono::nanoseconds{0})));
}

Error NetworkTransport::too_many_waiting() const {
    return Error{Code::unavailable, reason::kOverloaded, "Too many calls wait for " + settings_->callee + "; try again."}
        .with_cause("the limit of calls that wait for " + settings_->address + " is reached");
}

}  // namespace tw::rpc
