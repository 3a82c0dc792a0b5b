#pragma once

#include "kit/runtime/module.hpp"
#include "kit/telemetry/resource.hpp"

#include <string_view>

namespace tw::runtime {

/// What the telemetry of all services of this process has in common: namespace, version, an instance's id that is new with each
/// start, environment, host and process. A service adds its `service.name`.
telemetry::Resource process_resource(std::string_view version, Profile profile, const Clock& clock);

}  // namespace tw::runtime
