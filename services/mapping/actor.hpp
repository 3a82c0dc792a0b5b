#pragma once

#include "kit/async/principal.hpp"

#include <string>

namespace tw {

/// Returns the name under which a journal records who made a call: the caller's id, or "anonymous"
/// where the caller has not proved who it is.
std::string actor_of(const Principal& principal);

}  // namespace tw
