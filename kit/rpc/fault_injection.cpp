#include "kit/rpc/fault_injection.hpp"

#include "kit/async/sleep.hpp"
#include "kit/rpc/reasons.hpp"
#include "kit/rpc/standard_method.hpp"
#include "kit/telemetry/baggage.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

namespace tw::rpc {

Policy::Part FaultRequests::part_in(const Method& method) const { return {.before = !is_standard(method)}; }

std::span<const std::string_view> FaultRequests::metadata_names() const {
    static constexpr std::array kNames{kFaultField};
    return kNames;
}

ValueTask<Result<void>> FaultRequests::before(const CallContext& ctx, CallInfo& call) { return take_over(ctx, call); }

Result<void> FaultRequests::take_over(const CallContext& ctx, CallInfo& call) const {
    const auto field = std::ranges::find(call.request_metadata, kFaultField, &Metadata::value_type::first);
    if (field == call.request_metadata.end()) return {};
    if (const auto faults = read_faults(field->second); !faults) return faults.error();
    auto baggage = telemetry::Baggage::parse(ctx.attributes().baggage);
    if (baggage.set(kFaultMember, field->second)) call.baggage = std::make_shared<const std::string>(baggage.to_string());
    return {};
}

ValueTask<Result<void>> FaultInjection::before(const CallContext& ctx, CallInfo& call) {
    if (auto taken = take_over(ctx, call); !taken) return taken;
    auto fault = choose(ctx, call);
    if (!fault) return Result<void>{};
    return inject(ctx, call, std::move(*fault));
}

std::optional<Fault> FaultInjection::choose(const CallContext& ctx, const CallInfo& call) {
    const std::string_view field = call.baggage != nullptr ? *call.baggage : ctx.attributes().baggage;
    if (field.find(kFaultMember) != std::string_view::npos) {
        const auto baggage = telemetry::Baggage::parse(field);
        const auto asked = baggage.find(kFaultMember);
        const auto faults = asked ? read_faults(*asked) : Result<std::vector<Fault>>{std::vector<Fault>{}};
        if (faults) {
            if (auto fault = first_of(*faults, call)) return fault;
        }
    }
    return standing_ != nullptr ? first_of(*standing_->get(), call) : std::nullopt;
}

std::optional<Fault> FaultInjection::first_of(const std::vector<Fault>& faults, const CallInfo& call) {
    for (const auto& fault : faults) {
        if (fault.concerns(call.method) && random_.uniform() * 100 < fault.percent) return fault;
    }
    return std::nullopt;
}

Task<Result<void>> FaultInjection::inject(const CallContext& ctx, CallInfo& call, Fault fault) {
    call.fault = std::make_shared<const std::string>(fault.text());
    telemetry_.log.info(ctx, "rpc.fault_injected", {{"rpc.method", call.method.path.substr(1)}, {"tw.fault", *call.fault}},
                        "A fault was injected: " + *call.fault);
    if (fault.latency.count() > 0) {
        auto waited = co_await sleep_for(ctx, fault.latency);
        if (!waited) co_return waited;
    }
    call.resets_stream = fault.aborts;
    if (fault.aborts) co_return Error{Code::unavailable, reason::kFaultInjected, "The call was aborted by fault injection."};
    if (fault.code) co_return Error{*fault.code, reason::kFaultInjected, "The call failed by fault injection."};
    co_return Result<void>{};
}

}  // namespace tw::rpc
