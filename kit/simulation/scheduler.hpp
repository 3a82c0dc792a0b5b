#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/async/loop_driver.hpp"
#include "kit/simulation/faults.hpp"
#include "kit/simulation/history.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

namespace tw::simulation {

/// A machine or a process of a simulation as the scheduler knows it: whether it may run, and what
/// its wall clock shows.
struct Owner {
    std::string name;
    /// The error of its wall clock.
    std::chrono::microseconds clock_error{0};
    /// The owner does not run before this time, because it is stopped (SIGSTOP) or its virtual
    /// machine is.
    SteadyTime paused_until = SteadyTime::min();
    /// True after the owner has crashed. Nothing that it does has an effect on others any more. A
    /// process that starts again is another Owner.
    bool gone = false;
    /// After this many turns of its loops and workers, `at_turn` is called once, between two turns.
    /// 0 means never.
    std::uint64_t turns_left = 0;
    std::function<void()> at_turn{};
};

/// Runs event loops, workers and events of the world in one thread, on virtual time. At each step
/// the seed decides which one runs next of those that have work. If none has work, time advances to
/// the next event. The work that was posted to one loop keeps its order, as in a real loop.
///
/// While a scheduler exists, the calling thread is simulated (SimulatedMachine). It must be made
/// and destroyed in that thread, and a thread has only one at a time.
class Scheduler : public LoopDriver {
 public:
    explicit Scheduler(std::uint64_t seed);
    ~Scheduler() override;
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    std::uint64_t seed() const { return seed_; }
    History& history() { return history_; }
    Faults& faults() { return faults_; }
    /// Returns the virtual time since the run began.
    std::chrono::nanoseconds time() const { return now_ - kBegin; }
    /// Returns the number of steps. A step is a turn of one loop or one event.
    std::uint64_t steps() const { return steps_; }

    /// Makes one step. Returns false if nothing is left that could ever happen.
    bool step();
    /// Runs for a period of virtual time, or until nothing is left to do.
    void run_for(std::chrono::nanoseconds time);
    /// Runs until `done` returns true, for at most `at_most`. Returns whether `done` became true.
    bool run_until(const std::function<bool()>& done, std::chrono::nanoseconds at_most);

    /// Sets all wall clocks forward, as if nothing had happened in that time.
    void skip_wall_time(std::chrono::microseconds time) { skipped_ += time; }

    /// Pauses everything that belongs to `owner` for a period.
    void pause(Owner& owner, std::chrono::nanoseconds time);

    /// Returns the owner of a loop.
    Owner& owner_of(const EventLoop& loop) { return *line_of(loop).owner; }

    /// Runs `event` after `delay`. Such an event belongs to the world and to no process: a packet
    /// arrives, or a server answers. It is never paused.
    void after(std::chrono::nanoseconds delay, std::move_only_function<void()> event);
    /// Returns a number of [0, below) for decisions about the order of events. Faults has its own
    /// numbers.
    std::uint64_t choose(std::uint64_t below);

    /// Adds a source of work from outside, such as a socket. It is asked when nothing else has
    /// work, before time advances. It takes the work in and returns true if there was any.
    void add_source(std::move_only_function<bool()> source) { sources_.push_back(std::move(source)); }
    /// Makes the scheduler poll a loop on which libraries watch file descriptors (EventLoop::io).
    /// Like sources, such loops are polled when nothing else has work, after a call of
    /// `descriptors_changed`.
    void watch_descriptors(EventLoop& loop);
    /// Tells that something may have come on a descriptor of a loop whose owner has this name. Only
    /// these loops are polled then. If no loop that is watched has such an owner, all are polled.
    void descriptors_changed(std::string_view owner_name);

    /// Loops, pools and work that `make` creates, and everything that follows from them, belong to
    /// `owner`, which outlives them.
    void as(Owner& owner, const std::function<void()>& make);

    /// Tells that `owner` is destroyed. The work that its workers have not done is dropped.
    void forget(const Owner& owner);

    // The functions of SimulatedMachine.
    Timestamp now() const override;
    SteadyTime steady_now() const override { return now_; }
    std::uint64_t next_seed() override;

    // The functions of LoopDriver.
    void add(EventLoop& loop) override;
    void remove(EventLoop& loop) override;
    void post(EventLoop& loop, std::move_only_function<void()> work) override;
    void wake_at(EventLoop& loop, SteadyTime when) override;
    bool is_running(const EventLoop& loop) const override { return &loop == running_; }
    void run(EventLoop& loop) override;
    void stop(EventLoop& loop) override;
    void descriptors_changed() override;
    void work_on(std::move_only_function<void()> work) override;
    void work_at(SteadyTime when, std::move_only_function<void()> work) override;

 private:
    static constexpr SteadyTime kBegin{std::chrono::hours{24}};

    /// A queue of work that takes turns: a loop, or all workers of an owner. It exists as long as
    /// the scheduler, so that pointers to it stay valid.
    struct Line {
        EventLoop* loop = nullptr;
        Owner* owner = nullptr;
        std::deque<std::move_only_function<void()>> ready;
        SteadyTime wake = SteadyTime::max();
        bool stopped = false;
        bool watches = false;
        /// Something may have come on a descriptor since the loop was polled.
        bool to_poll = false;
        /// The loop or the owner has gone. Work that comes later is dropped.
        bool gone = false;
        std::size_t number = 0;
    };
    struct Event {
        std::move_only_function<void()> work;
        /// The queue that gets the work when it is due. If it is null, the work is done at once.
        Line* line = nullptr;
        /// If true, the timers of the queue's loop are due.
        bool timers = false;
    };
    /// The time of an event. The entries of the priority queue are small, since they are moved
    /// often.
    struct Due {
        SteadyTime when;
        std::uint64_t order;
        /// The index in events_.
        std::uint32_t place;
        bool operator>(const Due& other) const { return when != other.when ? when > other.when : order > other.order; }
    };

    /// Returns null if the loop has gone.
    Line* find_line(const EventLoop& loop) const;
    Line& line_of(const EventLoop& loop) const { return *find_line(loop); }
    Line* new_line(EventLoop* loop);
    /// Returns the workers of the owner that runs now.
    Line& workers();
    void add_event(SteadyTime when, Event event);
    void enqueue(Line& line, std::move_only_function<void()> work);
    void drop(Line& line);
    bool may_run(const Line& line) const { return line.owner->paused_until <= now_; }
    void run_next_of(Line& line);
    void set_now(SteadyTime now);
    bool take_due_event();
    bool poll_sources();
    bool poll_descriptors();
    bool poll_line(Line& line);

    std::uint64_t seed_;
    std::uint64_t choices_;
    std::uint64_t seeds_;
    SteadyTime now_ = kBegin;
    std::chrono::microseconds skipped_{0};
    History history_;
    Faults faults_;
    Owner world_{.name = "world"};
    Owner* owner_ = &world_;
    EventLoop* running_ = nullptr;
    Line* running_line_ = nullptr;
    std::uint64_t steps_ = 0;
    std::uint64_t orders_ = 0;
    /// The queues in the order in which they were made.
    std::vector<std::unique_ptr<Line>> lines_;
    /// These maps are not iterated, so that no result depends on addresses of memory.
    std::unordered_map<const EventLoop*, Line*> line_of_loop_;
    std::unordered_map<const Owner*, Line*> workers_;
    /// The queues that have work, in the order of their numbers.
    std::vector<Line*> ready_;
    std::vector<Line*> watching_;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
    std::vector<Event> events_;
    /// The free places in events_.
    std::vector<std::uint32_t> free_;
    std::vector<std::move_only_function<bool()>> sources_;
    /// True if something may have come on a descriptor since the last look.
    bool look_at_descriptors_ = true;
    SimulatedMachine::Scope scope_;
};

}  // namespace tw::simulation
