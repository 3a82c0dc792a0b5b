#pragma once

#include "kit/async/trace_context.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tw::telemetry {

/// Decides which traces are recorded (OpenTelemetry specification, "Built-in samplers"). It is an
/// immutable value.
class Sampler {
 public:
    static Sampler always_on() { return Sampler{Root::on, 1.0, false}; }
    static Sampler always_off() { return Sampler{Root::off, 0.0, false}; }
    /// Records this share of the traces, from 0 to 1. The trace id decides, so that all services
    /// choose the same traces.
    static Sampler trace_id_ratio(double ratio) { return Sampler{Root::ratio, ratio, false}; }
    /// Decides like `root` where a trace begins, and like the parent below that.
    static Sampler parent_based(Sampler root) { return Sampler{root.root_, root.ratio_, true}; }

    /// Makes a sampler by the names of OTEL_TRACES_SAMPLER and its _ARG: "always_on", "always_off",
    /// "traceidratio", "parentbased_…". Returns nothing for another name or an argument that is no
    /// number from 0 to 1.
    static std::optional<Sampler> parse(std::string_view name, std::string_view argument);

    /// Returns whether to record. `trace` has its trace id. If `has_parent`, its sampled flag is
    /// the parent's.
    bool sample(const TraceContext& trace, bool has_parent) const;
    /// Returns a description, such as "ParentBased{root:TraceIdRatioBased{0.25}}".
    std::string description() const;

 private:
    enum class Root : std::uint8_t { on, off, ratio };
    Sampler(Root root, double ratio, bool parent_based);

    Root root_;
    bool parent_based_;
    double ratio_;
    std::uint64_t threshold_;
};

}  // namespace tw::telemetry
