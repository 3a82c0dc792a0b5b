#include "kit/runtime/meter_board.hpp"

#include "kit/runtime/process_metrics.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace tw::runtime {
namespace {

/// Scrapers wait ten seconds by default.
constexpr std::chrono::seconds kCollectTimeMax{5};

}  // namespace

MeterBoard::MeterBoard(const Surroundings& around, telemetry::Resource common) : around_{around}, common_{std::move(common)} {}

std::size_t MeterBoard::add_source(std::string_view service_name) {
    auto& resource = resources_.emplace_back(common_);
    resource.set("service.name", std::string{service_name});
    return resources_.size() - 1;
}

void MeterBoard::add(std::size_t source, ModuleRoom& room) {
    for (std::size_t i = 0; i < around_.loops.size(); ++i) meters_.add(source, around_.loops.at(i), room.meter(i));
    observe_readiness(room.meter(0), room.module(), around_.board);
    rooms_.push_back(&room);
}

std::size_t MeterBoard::add_process() {
    const bool alone = rooms_.size() == 1;
    const auto source = alone ? 0 : add_source("tradewind");
    for (std::size_t i = 0; i < around_.loops.size(); ++i) {
        auto& loop = around_.loops.at(i);
        auto& meter = alone ? rooms_.front()->meter(i) : own_.emplace_back(around_.meter_options);
        if (!alone) meters_.add(source, loop, meter);
        observe_loop(meter, loop, i);
        if (i == 0) observe_process(meter, around_.workers);
    }
    return source;
}

Task<Result<std::vector<otlp::SourceMetrics>>> MeterBoard::collect(const CallContext& ctx) const {
    CancelScope scope{ctx.loop(), Deadline::after(ctx.loop().now(), kCollectTimeMax), &ctx.scope()};
    const auto collecting = ctx.with_scope(scope);
    // The process's loops last longer than anything that runs on them; nobody has to own this one.
    std::shared_ptr<EventLoop> home{std::shared_ptr<void>{}, &ctx.loop()};
    auto collect = meters_.collect(collecting, std::move(home));
    auto sources = co_await std::move(collect);
    if (scope.error()) co_return unavailable("a loop did not answer in time");
    co_return sources;
}

}  // namespace tw::runtime
