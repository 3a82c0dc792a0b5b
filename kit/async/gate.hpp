#pragma once

#include "kit/async/task.hpp"

#include <cstddef>
#include <functional>
#include <utility>

namespace tw {

/// Background work may still be running when its owner wants to end. With a Gate the owner can wait
/// for it: work enters before it starts and keeps its pass until it is done. `close` refuses new
/// work and calls back when the last pass is gone.
///
/// A Gate is not thread-safe: it belongs to one event loop. It must outlive its passes. It may be
/// destroyed once the callback of `close` has been called.
class Gate {
 public:
    /// Holds the gate open while work runs. A Pass is move-only and leaves the gate on destruction.
    class [[nodiscard]] Pass {
     public:
        Pass(Pass&& other) noexcept : gate_{std::exchange(other.gate_, nullptr)} {}
        Pass& operator=(Pass&&) = delete;
        ~Pass() {
            if (gate_ != nullptr) gate_->leave();
        }

        /// False when the gate was closed already. The work must then not start.
        explicit operator bool() const { return gate_ != nullptr; }

     private:
        friend Gate;
        explicit Pass(Gate* gate) : gate_{gate} {}
        Gate* gate_;
    };

    Gate() = default;
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    Pass enter() {
        if (closed_) return Pass{nullptr};
        ++inside_;
        return Pass{this};
    }

    /// Refuses new work from now on. Calls `empty` when no work is inside any more, which may be at
    /// once. Call it once.
    void close(std::move_only_function<void()> empty) {
        closed_ = true;
        empty_ = std::move(empty);
        if (inside_ == 0) std::exchange(empty_, nullptr)();
    }

    std::size_t inside() const { return inside_; }
    bool closed() const { return closed_; }

 private:
    void leave() {
        if (--inside_ == 0 && empty_) std::exchange(empty_, nullptr)();
    }

    std::size_t inside_ = 0;
    bool closed_ = false;
    std::move_only_function<void()> empty_;
};

/// Starts `task` now, on the calling loop, and lets it run on its own. The gate counts it until it
/// ends. Does nothing when the gate is closed. An exception that leaves a spawned task is a bug and
/// ends the process.
void spawn(Gate& gate, Task<void> task);

/// Closes the gate and waits until no work is inside. The gate may be destroyed afterwards.
Task<void> close_and_wait(Gate& gate);

}  // namespace tw
