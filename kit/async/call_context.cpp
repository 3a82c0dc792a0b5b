#include "kit/async/call_context.hpp"

namespace tw {

const CallAttributes& CallContext::attributes() const {
    static const CallAttributes kNone;
    return attributes_ ? *attributes_ : kNone;
}

}  // namespace tw
