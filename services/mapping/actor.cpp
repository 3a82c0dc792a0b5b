#include "services/mapping/actor.hpp"

namespace tw {

std::string actor_of(const Principal& principal) { return principal.id.empty() ? "anonymous" : principal.id; }

}  // namespace tw
