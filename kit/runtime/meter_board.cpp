#include "kit/runtime/meter_board.hpp"

#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/process_metrics.hpp"
#include "kit/runtime/process_resource.hpp"

#include <string>

namespace tw::runtime {

MeterBoard::MeterBoard(const Surroundings& around)
    : around_{around}, common_{process_resource(around.version, profile_of(around.config), around.clock)} {}

std::size_t MeterBoard::add_source(std::string_view service_name) {
    auto& resource = resources_.emplace_back(common_);
    resource.set("service.name", std::string{service_name});
    return resources_.size() - 1;
}

void MeterBoard::add(ModuleRoom& room) {
    const auto source = add_source(room.module().service_name());
    for (std::size_t i = 0; i < around_.loops.size(); ++i) meters_.add(source, around_.loops.at(i), room.meter(i));
    rooms_.push_back(&room);
}

void MeterBoard::add_process() {
    const bool alone = rooms_.size() == 1;
    const auto source = alone ? 0 : add_source("tradewind");
    if (!alone) own_.resize(around_.loops.size());
    for (std::size_t i = 0; i < around_.loops.size(); ++i) {
        auto& loop = around_.loops.at(i);
        auto& meter = alone ? rooms_.front()->meter(i) : own_[i];
        if (!alone) meters_.add(source, loop, meter);
        observe_loop(meter, loop, i);
        if (i == 0) observe_process(meter, around_.workers);
    }
}

}  // namespace tw::runtime
