#pragma once

#include "kit/async/deadline.hpp"
#include "kit/async/event_loop.hpp"
#include "kit/base/error.hpp"

#include <functional>
#include <optional>

namespace tw {

/// Notifies once that a call is over before its work is done: the caller went away (CANCELLED) or
/// time ran out (DEADLINE_EXCEEDED). Code that waits for I/O on the call's behalf registers a Hook
/// and stops waiting when the hook is called.
///
/// A scope belongs to one loop. The owner of a call (server, client, background work) keeps the
/// scope for as long as any CallContext of that call exists. A scope with a parent is cancelled
/// with the parent, and its deadline is never later than the parent's.
class CancelScope {
 public:
    /// Calls `on_cancel` when the scope is cancelled. The constructor never calls it: check
    /// `error()` before you wait. The destructor takes the hook off the scope. `on_cancel` may
    /// destroy this hook and others.
    class Hook : private detail::RingNode {
     public:
        Hook(CancelScope& scope, std::move_only_function<void(const Error&)> on_cancel);
        ~Hook() {
            if (linked()) unlink();
        }

     private:
        friend CancelScope;
        std::move_only_function<void(const Error&)> on_cancel_;
    };

    explicit CancelScope(EventLoop& loop, Deadline deadline = Deadline::never(), CancelScope* parent = nullptr);
    CancelScope(const CancelScope&) = delete;
    CancelScope& operator=(const CancelScope&) = delete;

    /// Calls every hook, in the order of their registration. A second call does nothing.
    void cancel(Error why);

    Deadline deadline() const { return deadline_; }
    /// Why the call is over; nothing while it is not.
    const std::optional<Error>& error() const { return error_; }

 private:
    Deadline deadline_;
    std::optional<Error> error_;
    detail::RingNode hooks_;
    Timer timer_;
    std::optional<Hook> parent_hook_;
};

}  // namespace tw
