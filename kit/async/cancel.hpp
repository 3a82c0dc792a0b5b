#pragma once

#include "kit/async/deadline.hpp"
#include "kit/async/event_loop.hpp"
#include "kit/base/error.hpp"

#include <functional>
#include <optional>

namespace tw {

/// Says once that a call is over before its work is: the caller went away (CANCELLED) or time ran out
/// (DEADLINE_EXCEEDED). Whoever waits for I/O on the call's behalf registers a Hook and gives up when told.
///
/// Belongs to one loop. The owner of a call (server, client, background work) keeps it for as long as any CallContext of
/// that call exists. A scope below another is cancelled with it, and its deadline is never later than its parent's.
class CancelScope {
 public:
    /// Something to be told; tells at once, in the constructor's caller, nothing: ask `error()` before you wait.
    /// Leaves the scope on destruction. `on_cancel` may destroy this and other hooks.
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

    /// Tells every hook, in the order they came; a second call does nothing.
    void cancel(Error why);

    Deadline deadline() const { return deadline_; }
    /// Why the call is over, where it is.
    const std::optional<Error>& error() const { return error_; }

 private:
    Deadline deadline_;
    std::optional<Error> error_;
    detail::RingNode hooks_;
    Timer timer_;
    std::optional<Hook> parent_hook_;
};

}  // namespace tw
