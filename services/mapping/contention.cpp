#include "services/mapping/contention.hpp"

#include "kit/sql/reasons.hpp"
#include "services/mapping/reasons.hpp"

namespace tw {

Error contended() {
    return Error{Code::aborted, reason::kContended, "others changed the same object at the same time; try again"};
}

bool is_contended(const Error& error) { return error.reason() == reason::kContended; }

Error explain_update(Error error) { return error.reason() == reason::kRowsUnexpected ? contended() : std::move(error); }

}  // namespace tw
