#pragma once

#include "kit/base/simulated_machine.hpp"

#include <functional>

namespace tw {

class EventLoop;

/// A simulation as event loops and worker pools see it: one thread that decides which of them runs
/// next, and what time it is. Loops and pools that are made in its SimulatedMachine::Scope belong
/// to it until they are destroyed and have no threads of their own.
///
/// The driver never runs work from within a call of a loop, such as `post`, `wake_at` or `work_on`.
class LoopDriver : public SimulatedMachine {
 public:
    /// Registers a loop, and removes one that is being destroyed. Queued work of a removed loop is
    /// destroyed without being run.
    virtual void add(EventLoop& loop) = 0;
    virtual void remove(EventLoop& loop) = 0;

    /// Runs `work` as that loop, after all work that was posted to the same loop before.
    virtual void post(EventLoop& loop, std::move_only_function<void()> work) = 0;
    /// Calls `loop.fire_timers()` at time `when`. It replaces an earlier request for a later time.
    virtual void wake_at(EventLoop& loop, SteadyTime when) = 0;
    /// Whether the work that runs now runs as that loop.
    virtual bool is_running(const EventLoop& loop) const = 0;
    /// Runs all loops and workers, until `stop` is called for this loop.
    virtual void run(EventLoop& loop) = 0;
    virtual void stop(EventLoop& loop) = 0;

    /// Runs `work` as a thread that belongs to no loop, such as a worker or a database's writer.
    virtual void work_on(std::move_only_function<void()> work) = 0;
    /// Runs `work` as such a thread, at time `when` or later.
    virtual void work_at(SteadyTime when, std::move_only_function<void()> work) = 0;

    /// Something may have changed at a descriptor of the system that is watched on a loop's io(),
    /// or at the descriptor's other end: it was written to, waited for or closed.
    virtual void descriptors_changed() = 0;

    /// Returns the calling thread's driver, or null outside a simulation.
    static LoopDriver* current() { return dynamic_cast<LoopDriver*>(SimulatedMachine::current()); }
};

}  // namespace tw
