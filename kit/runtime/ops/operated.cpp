#include "kit/runtime/ops/operated.hpp"

#include "kit/runtime/reasons.hpp"
#include "kit/telemetry/propagation.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tw::runtime {

Result<std::vector<const OperatedModule*>> find_operated(const OperatedModules& modules, std::string_view name,
                                                         bool OperatedModule::* has, std::string_view what) {
    std::vector<const OperatedModule*> found;
    std::vector<std::string_view> names;
    for (const auto& module : modules.modules()) {
        if (!(module.*has)) continue;
        names.push_back(module.name);
        if (!name.empty() && module.name != name) continue;
        const auto shares = [&](const OperatedModule* other) { return other->store == module.store; };
        if (std::ranges::none_of(found, shares)) found.push_back(&module);
    }
    if (!found.empty() || name.empty()) return found;
    return Error{Code::not_found, reason::kModuleNotFound,
                 fmt::format("no module {} with {} runs in this process; modules with {} here: {}", name, what, what,
                             names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")))};
}

OperatorChange::OperatorChange(const CallContext& ctx, std::string_view method, std::string_view kind, std::string_view id)
    : call_{method, std::string{kind}}, context_{ctx.with_attached(&call_)} {
    call_.objects().add(kind, id);
    auto attributes = std::make_shared<CallAttributes>(ctx.attributes());
    attributes->principal = Principal{.kind = Principal::Kind::operator_};
    context_ = context_.with_attributes(std::move(attributes));
}

Error not_serving() { return unavailable("the modules of this process do not serve now; it is starting or stopping"); }

std::string trace_id_of(std::string_view traceparent) {
    const auto trace = telemetry::parse_traceparent(traceparent);
    // 00-<trace id of 32 digits>-<span id>-<flags>
    return trace ? std::string{traceparent.substr(3, 32)} : std::string{};
}

Result<Timestamp> parse_time_text(const std::string& text) {
    std::int64_t micros = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, micros);
    if (fault != std::errc{} || stop != end) return invalid("/page_token", "is not a token that this page has given");
    return Timestamp::from_unix_micros(micros);
}

}  // namespace tw::runtime
