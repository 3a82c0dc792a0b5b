#include "kit/runtime/module_instance.hpp"

#include "kit/idempotency/keys_in_progress.hpp"
#include "kit/idempotency/schema.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/store_module.hpp"

#include <stdexcept>
#include <string>
#include <utility>

namespace tw::runtime {
ModuleInstance::ModuleInstance(const ModuleSpec& spec, std::unique_ptr<Module> module, const ProcessContext& context,
                               telemetry::Logger log, ServiceRecorders& recorders)
    : spec_{spec},
      context_{context},
      config_{context.config, spec.name},
      recorders_{recorders},
      log_{log.recorded_by(recorders.logs(0))},
      tracer_{context.clock, random_, recorders.spans(0), recorders.sampler()},
      keys_in_progress_{schema() != nullptr && sql::uses(*schema(), idempotency::schema)
                            ? std::make_shared<idempotency::KeysInProgress>()
                            : nullptr},
      module_{std::move(module)} {
    for (std::size_t i = 0; i < context.loops.size(); ++i) meters_.emplace_back(context.meter_options);
}

Profile ModuleInstance::profile() const { return profile_of(context_.config); }

sql::Store& ModuleInstance::store() {
    if (store_ == nullptr) throw std::logic_error{no_schema(spec_.name)};
    return *store_;
}

}  // namespace tw::runtime
