#include "kit/async/cancel.hpp"

#include <algorithm>

namespace tw {

CancelScope::Hook::Hook(CancelScope& scope, std::move_only_function<void(const Error&)> on_cancel)
    : on_cancel_{std::move(on_cancel)} {
    if (!scope.error_) insert_before(scope.hooks_);
}

CancelScope::CancelScope(EventLoop& loop, Deadline deadline, CancelScope* parent)
    : deadline_{parent != nullptr ? std::min(deadline, parent->deadline_) : deadline},
      timer_{loop.timers(), [this] { cancel(deadline_exceeded()); }} {
    if (parent != nullptr) {
        if (parent->error_) {
            error_ = parent->error_;
            return;
        }
        parent_hook_.emplace(*parent, [this](const Error& why) { cancel(why); });
    }
    // A parent with the same deadline cancels this scope in time, so no timer is needed.
    if (!deadline_.is_never() && (parent == nullptr || deadline_ < parent->deadline_)) timer_.arm(deadline_.when());
}

void CancelScope::cancel(Error why) {
    if (error_) return;
    error_ = std::move(why);
    timer_.cancel();
    // One of the hooks may destroy this scope, so the hooks move to a local ring and the error is
    // copied.
    detail::RingNode told;
    if (hooks_.linked()) {
        told.insert_before(hooks_);
        hooks_.unlink();
    }
    const Error error = *error_;
    while (told.linked()) {
        auto& hook = static_cast<Hook&>(*told.next);
        hook.unlink();
        // The function is moved out, since the hook may be destroyed while its function runs.
        auto on_cancel = std::move(hook.on_cancel_);
        on_cancel(error);
    }
}

}  // namespace tw
