#include "kit/runtime/module_room.hpp"

#include "kit/runtime/core_settings.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace tw::runtime {

ModuleRoom::ModuleRoom(const ModuleSpec& spec, std::unique_ptr<Module> module, const Surroundings& around, telemetry::Logger log,
                       Outlet& outlet)
    : spec_{spec},
      around_{around},
      config_{around.config, spec.name},
      outlet_{outlet},
      log_{log.recorded_by(outlet.logs(0))},
      tracer_{around.clock, random_, outlet.spans(0), outlet.sampler()},
      module_{std::move(module)} {
    for (std::size_t i = 0; i < around.loops.size(); ++i) meters_.emplace_back(around.meter_options);
}

Profile ModuleRoom::profile() const { return profile_of(around_.config); }

sql::Store& ModuleRoom::store() {
    if (store_ == nullptr)
        throw std::logic_error{"the module " + std::string{spec_.name} + " names no schema, so it has no database"};
    return *store_;
}

}  // namespace tw::runtime
