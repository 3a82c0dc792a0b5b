#pragma once

#include "kit/base/simulated_machine.hpp"

#include <functional>

namespace tw {

class EventLoop;

/// A simulation as event loops and workers see it: one thread that decides which of them runs next, and what time it is. Loops
/// and pools that are made in its SimulatedMachine::Scope belong to it for good and have no threads of their own.
///
/// Whatever it runs, it runs inside no other call of a loop: not from within `post`, `wake_at` or `work_on`.
class LoopDriver : public SimulatedMachine {
 public:
    /// A loop came, or goes. What it had queued is destroyed unrun.
    virtual void add(EventLoop& loop) = 0;
    virtual void remove(EventLoop& loop) = 0;

    /// Runs `work` as that loop, after all that was posted to the same loop before.
    virtual void post(EventLoop& loop, std::move_only_function<void()> work) = 0;
    /// Calls `loop.fire_timers()` at that time. Replaces what was asked for before, if that was later.
    virtual void wake_at(EventLoop& loop, SteadyTime when) = 0;
    /// Whether what runs now runs as that loop.
    virtual bool is_running(const EventLoop& loop) const = 0;
    /// Runs everything, not this loop alone, until `stop` is called for this loop.
    virtual void run(EventLoop& loop) = 0;
    virtual void stop(EventLoop& loop) = 0;

    /// Runs `work` as a thread that is no loop's would: a worker, a database's writer.
    virtual void work_on(std::move_only_function<void()> work) = 0;
    /// As work_on, at that time or later.
    virtual void work_at(SteadyTime when, std::move_only_function<void()> work) = 0;

    /// Something may have changed at a descriptor of the system that is watched on a loop's io(), or at its other end: it was
    /// written to, waited for or closed.
    virtual void descriptors_changed() = 0;

    /// The calling thread's; null outside a simulation.
    static LoopDriver* current() { return dynamic_cast<LoopDriver*>(SimulatedMachine::current()); }
};

}  // namespace tw
