#include "kit/telemetry/sampler.hpp"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace tw::telemetry {
namespace {

/// The random part of a trace id is its last seven bytes (W3C Trace Context level 2 §2.3, the
/// random flag).
constexpr int kRandomBits = 56;

std::uint64_t randomness(const TraceContext::TraceId& trace_id) {
    std::uint64_t value = 0;
    for (std::size_t i = 9; i < trace_id.size(); ++i) value = value << 8 | trace_id[i];
    return value;
}

std::optional<double> parse_ratio(std::string_view text) {
    if (text.empty()) return 1.0;
    double ratio = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), ratio);
    if (failure != std::errc{} || end != text.data() + text.size() || !(ratio >= 0.0 && ratio <= 1.0)) return std::nullopt;
    return ratio;
}

}  // namespace

Sampler::Sampler(Root root, double ratio, bool parent_based)
    : root_{root},
      parent_based_{parent_based},
      ratio_{ratio},
      threshold_{static_cast<std::uint64_t>(std::ldexp(1.0 - ratio, kRandomBits))} {}

std::optional<Sampler> Sampler::parse(std::string_view name, std::string_view argument) {
    constexpr std::string_view kParentBased = "parentbased_";
    if (name.starts_with(kParentBased)) {
        const auto root = parse(name.substr(kParentBased.size()), argument);
        return root && !root->parent_based_ ? std::optional{parent_based(*root)} : std::nullopt;
    }
    if (name == "always_on") return always_on();
    if (name == "always_off") return always_off();
    if (name != "traceidratio") return std::nullopt;
    const auto ratio = parse_ratio(argument);
    return ratio ? std::optional{trace_id_ratio(*ratio)} : std::nullopt;
}

bool Sampler::sample(const TraceContext& trace, bool has_parent) const {
    if (parent_based_ && has_parent) return trace.sampled();
    if (root_ != Root::ratio) return root_ == Root::on;
    // The rule is that of the specification's consistent probability sampling: traces at or above
    // the threshold are kept.
    return ratio_ > 0.0 && randomness(trace.trace_id) >= threshold_;
}

std::string Sampler::description() const {
    std::string root;
    switch (root_) {
        case Root::on:
            root = "AlwaysOnSampler";
            break;
        case Root::off:
            root = "AlwaysOffSampler";
            break;
        case Root::ratio:
            root = fmt::format("TraceIdRatioBased{{{}}}", ratio_);
            break;
    }
    return parent_based_ ? fmt::format("ParentBased{{root:{}}}", root) : root;
}

}  // namespace tw::telemetry
