#include "services/mapping/transitions.hpp"

#include "services/mapping/reasons.hpp"

#include <fmt/format.h>

namespace tw {

Error illegal_transition(std::string_view entity, std::string_view status, std::string_view refusal) {
    return Error{Code::failed_precondition, reason::kIllegalTransition, fmt::format("{} that is {} {}", entity, status, refusal)};
}

}  // namespace tw
