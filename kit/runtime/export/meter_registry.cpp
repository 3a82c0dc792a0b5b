#include "kit/runtime/export/meter_registry.hpp"

#include "kit/runtime/export/process_metrics.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace tw::runtime {
namespace {

/// Scrapers wait ten seconds by default.
constexpr std::chrono::seconds kMeterCollectTimeMax{5};

}  // namespace

MeterRegistry::MeterRegistry(const ProcessContext& context, telemetry::Resource common)
    : context_{context}, common_{std::move(common)} {}

std::size_t MeterRegistry::add_source(std::string_view service_name) {
    auto& resource = resources_.emplace_back(common_);
    resource.set("service.name", std::string{service_name});
    return resources_.size() - 1;
}

void MeterRegistry::add(std::size_t source, ModuleInstance& instance) {
    for (std::size_t i = 0; i < context_.loops.size(); ++i) meters_.add(source, context_.loops.at(i), instance.meter(i));
    observe_readiness(instance.meter(0), instance.module(), context_.health);
    instances_.push_back(&instance);
}

std::size_t MeterRegistry::add_process() {
    const bool alone = instances_.size() == 1;
    const auto source = alone ? 0 : add_source(context_.config.program().text());
    for (std::size_t i = 0; i < context_.loops.size(); ++i) {
        auto& loop = context_.loops.at(i);
        auto& meter = alone ? instances_.front()->meter(i) : own_.emplace_back(context_.meter_options);
        if (!alone) meters_.add(source, loop, meter);
        observe_loop(meter, loop, i);
        if (i == 0) observe_process(meter, context_.workers);
    }
    return source;
}

Task<Result<std::vector<otlp::SourceMetrics>>> MeterRegistry::collect(const CallContext& ctx) const {
    CancelScope scope{ctx.loop(), Deadline::after(ctx.loop().now(), kMeterCollectTimeMax), &ctx.scope()};
    const auto collecting = ctx.with_scope(scope);
    // The process's loops last longer than anything that runs on them; so this loop needs no owner.
    std::shared_ptr<EventLoop> home{std::shared_ptr<void>{}, &ctx.loop()};
    auto collect = meters_.collect(collecting, std::move(home));
    auto sources = co_await std::move(collect);
    if (scope.error()) co_return unavailable("a loop did not answer in time");
    co_return sources;
}

}  // namespace tw::runtime
