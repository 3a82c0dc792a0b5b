#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/export/runtime_metrics.hpp"
#include "kit/runtime/host/process.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

/// What a warning is about: each begins with the name of its variable.
std::string_view variable_of(std::string_view warning) { return warning.substr(0, warning.find_first_of(": ")); }

}  // namespace

void Process::add_modules() {
    for (const auto& spec : program_plan_.here) {
        auto module = spec.make();
        const auto name = service_name_of(*module);
        const auto source = meters_.add_source(name);
        auto& recorders = exports_.open(meters_.resource(source), config_.program().text(), context_.version);
        telemetry::Logger log{name, clock_, sink_, levels_.find(spec.name), nullptr, log_settings(config_).repeats_max};
        modules_.push_back(std::make_unique<ModuleInstance>(spec, std::move(module), context_, std::move(log), recorders));
        health_.add(modules_.back()->module());
        meters_.add(source, *modules_.back());
    }
    // The process's own events go where its metrics go.
    const auto own = meters_.add_process();
    auto& recorders = modules_.size() == 1 ? modules_.front()->recorders()
                                           : exports_.open(meters_.resource(own), config_.program().text(), context_.version);
    log_ = telemetry::Logger{std::string{meters_.resource(own).text("service.name")},
                             clock_,
                             sink_,
                             levels_.find("runtime"),
                             recorders.logs(0),
                             log_settings(config_).repeats_max};
}

std::string Process::service_name_of(const Module& module) const {
    const auto& settings = telemetry_.settings;
    std::string chosen = settings.service_name;
    for (const auto& [key, value] : settings.resource_attributes) {
        if (chosen.empty() && key == "service.name") chosen = value;
    }
    // One name for several services would make one of them all.
    return chosen.empty() || program_plan_.here.size() > 1 ? std::string{module.service_name()} : chosen;
}

void Process::warn_of_telemetry() {
    auto warnings = telemetry_.warnings;
    const auto& settings = telemetry_.settings;
    constexpr std::string_view kKept = "several services run in this process and keep their own names; it has no effect";
    if (program_plan_.here.size() > 1 && !settings.service_name.empty())
        warnings.push_back(fmt::format("OTEL_SERVICE_NAME: {}", kKept));
    for (const auto& [key, value] : settings.resource_attributes) {
        if (program_plan_.here.size() > 1 && key == "service.name") {
            warnings.push_back(fmt::format("OTEL_RESOURCE_ATTRIBUTES: service.name={}: {}", value, kKept));
        }
    }
    for (const auto& warning : warnings) {
        export_log_.log(telemetry::Severity::warn, "telemetry.setting_ignored", {{"tw.telemetry.variable", variable_of(warning)}},
                        warning);
    }
}

void Process::observe_left_out() {
    auto& meter = meters_.process_meter();
    meter.on_collect([this, left_out = meter.counter(kLogLeftOut)] {
        auto records = log_.left_out() + export_log_.left_out();
        for (const auto& module : modules_) records += module->log().left_out();
        left_out.set(static_cast<double>(records));
    });
}

}  // namespace tw::runtime
