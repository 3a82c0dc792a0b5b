#include "kit/audit/denial_reporter.hpp"

#include "kit/audit/audit_metrics.hpp"
#include "kit/audit/denial_service.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace tw::audit {
namespace {

constexpr std::chrono::seconds kLastSendTimeout{2};

}  // namespace

DenialReporter::DenialReporter(EventLoop& loop, telemetry::Telemetry telemetry, DenialReporterOptions options)
    : loop_{loop},
      telemetry_{telemetry},
      options_{options},
      limit_{options.limit},
      left_out_{telemetry.meter.counter(kAuditLeftOut)},
      sending_{loop, telemetry.log, "audit.report", options.interval,
               [this](const CallContext& ctx) { return sending_round(ctx); }} {}

void DenialReporter::report_by(std::string_view service, rpc::Channel& channel) {
    channels_.insert_or_assign(std::string{service}, &channel);
}

Task<void> DenialReporter::stop() {
    co_await sending_.stop();
    RootCall call{loop_, Deadline::after(loop_.now(), kLastSendTimeout)};
    co_await send_all(call.context());
}

void DenialReporter::note(std::string_view service, Denial denial) {
    const auto found = channels_.find(service);
    if (found == channels_.end()) return;
    auto& waiting = waiting_[found->second];
    if (!limit_.admit(denial.caller(), loop_.now()) || waiting.denials.size() >= options_.waiting_max) {
        ++waiting.left_out;
        return left_out_.add();
    }
    waiting.denials.push_back(std::move(denial));
}

std::size_t DenialReporter::waiting() const {
    std::size_t count = 0;
    for (const auto& [channel, waiting] : waiting_) count += waiting.denials.size();
    return count;
}

Task<telemetry::BackgroundLoop::Next> DenialReporter::sending_round(const CallContext& ctx) {
    co_await send_all(ctx);
    co_return telemetry::BackgroundLoop::Next::rest;
}

Task<void> DenialReporter::send_all(const CallContext& ctx) {
    for (auto& [channel, waiting] : waiting_) {
        bool sent = true;
        while (sent && !ctx.over() && (!waiting.denials.empty() || waiting.left_out > 0)) {
            sent = co_await send_part(ctx, *channel, waiting);
        }
    }
}

/// Sends up to kDenialsPerCallMax denials. Returns whether the module has taken them.
Task<bool> DenialReporter::send_part(const CallContext& ctx, rpc::Channel& channel, Waiting& waiting) {
    const auto count = std::min(waiting.denials.size(), kDenialsPerCallMax);
    const auto left_out = waiting.left_out;
    const auto request = to_message(std::span{waiting.denials}.first(count), left_out);
    google::protobuf::ListValue response;
    const auto told = co_await channel.unary(ctx, note_denials_method(), request, response);
    // What may have been recorded is not sent again: a record too many would be wrong, too.
    const bool again = !told && !told.error().outcome_open();
    if (!told && !ctx.over()) {
        telemetry_.log.limited(
            telemetry::Severity::warn, "audit.report_failed", {{"error.type", told.error().reason()}},
            "a module did not take what the gateway has denied into its audit log; the log of the gateway has it");
    }
    if (again) co_return false;
    waiting.denials.erase(waiting.denials.begin(), waiting.denials.begin() + static_cast<std::ptrdiff_t>(count));
    waiting.left_out -= left_out;
    co_return told.has_value();
}

}  // namespace tw::audit
