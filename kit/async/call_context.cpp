#include "kit/async/call_context.hpp"

namespace tw {

const CallAttributes& CallContext::attributes() const {
    static const CallAttributes kNone;
    return attributes_ ? *attributes_ : kNone;
}

Error CallContext::over_before_start() const { return Error{*over()}.with_outcome_open(false); }

}  // namespace tw
