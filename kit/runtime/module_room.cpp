#include "kit/runtime/module_room.hpp"

#include "kit/runtime/core_settings.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace tw::runtime {

ModuleRoom::ModuleRoom(const ModuleSpec& spec, std::unique_ptr<Module> module, const Surroundings& around, telemetry::Logger log)
    : spec_{spec},
      around_{around},
      config_{around.config, spec.name},
      log_{std::move(log)},
      tracer_{around.clock, random_},
      meters_(around.loops.size()),
      module_{std::move(module)} {}

Profile ModuleRoom::profile() const { return profile_of(around_.config); }

sql::Store& ModuleRoom::store() {
    if (store_ == nullptr)
        throw std::logic_error{"the module " + std::string{spec_.name} + " names no schema, so it has no database"};
    return *store_;
}

}  // namespace tw::runtime
