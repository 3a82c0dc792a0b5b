#include "kit/runtime/meter_board.hpp"

#include "kit/runtime/process_metrics.hpp"

#include <string>
#include <utility>

namespace tw::runtime {

MeterBoard::MeterBoard(const Surroundings& around, telemetry::Resource common) : around_{around}, common_{std::move(common)} {}

std::size_t MeterBoard::add_source(std::string_view service_name) {
    auto& resource = resources_.emplace_back(common_);
    resource.set("service.name", std::string{service_name});
    return resources_.size() - 1;
}

void MeterBoard::add(std::size_t source, ModuleRoom& room) {
    for (std::size_t i = 0; i < around_.loops.size(); ++i) meters_.add(source, around_.loops.at(i), room.meter(i));
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

}  // namespace tw::runtime
