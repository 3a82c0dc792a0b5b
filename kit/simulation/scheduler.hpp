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

/// The machines and processes of a simulation as the scheduler knows them: who may run, and what time they believe it is.
struct Owner {
    std::string name;
    /// Its wall clock is wrong by so much.
    std::chrono::microseconds clock_error{0};
    /// It does not run before: stopped (SIGSTOP), or its virtual machine is.
    SteadyTime paused_until = SteadyTime::min();
    /// It has crashed: nothing that it does reaches anybody any more. One that starts again is another Owner.
    bool gone = false;
    /// After so many turns of its loops and workers `at_turn` is called, once, between two turns; 0: never.
    std::uint64_t turns_left = 0;
    std::function<void()> at_turn{};
};

/// Runs event loops, workers and events of the world in one thread, on virtual time. At each step it draws from the seed which of
/// those that have something to do goes on; when nobody has, time moves on to what is due next. What one loop was posted keeps
/// its order, as in a real one.
///
/// While it exists the calling thread is simulated (SimulatedMachine): make and destroy it there, one at a time.
class Scheduler : public LoopDriver {
 public:
    explicit Scheduler(std::uint64_t seed);
    ~Scheduler() override;
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    std::uint64_t seed() const { return seed_; }
    History& history() { return history_; }
    Faults& faults() { return faults_; }
    /// Since the run began.
    std::chrono::nanoseconds time() const { return now_ - kBegin; }
    /// Things done, one loop's turn or one event each.
    std::uint64_t steps() const { return steps_; }

    /// Does one thing. False when there is nothing left that could ever happen.
    bool step();
    /// Goes on for so long in virtual time, or until nothing is left.
    void run_for(std::chrono::nanoseconds time);
    /// Goes on until `done`, or for at most so long. Whether it came to be done.
    bool run_until(const std::function<bool()>& done, std::chrono::nanoseconds at_most);

    /// All wall clocks are set forward by so much, as if nothing had happened in that time.
    void skip_wall_time(std::chrono::microseconds time) { skipped_ += time; }

    /// Whatever belongs to `owner` stands still for so long.
    void pause(Owner& owner, std::chrono::nanoseconds time);

    /// Whom a loop belongs to.
    Owner& owner_of(const EventLoop& loop) { return *line_of(loop).owner; }

    /// Something of the world, which is no process: a packet arrives, a server answers. Belongs to nobody and is never paused.
    void after(std::chrono::nanoseconds delay, std::move_only_function<void()> event);
    /// A number of [0, below) for the order of things, not for faults.
    std::uint64_t choose(std::uint64_t below);

    /// Asked when nobody has anything to do, before time moves on: takes in what came by other ways, such as a socket. True if
    /// there was something.
    void add_source(std::move_only_function<bool()> source) { sources_.push_back(std::move(source)); }
    /// Loops of which libraries watch descriptors (EventLoop::io) are polled when nobody has anything to do, as sources are:
    /// after `descriptors_changed` was called.
    void watch_descriptors(EventLoop& loop);

    /// Loops, pools and work that come from within `make`, and what they bring about later, belong to `owner`, which outlives
    /// them.
    void as(Owner& owner, const std::function<void()>& make);

    /// `owner` goes, and with it what its workers had to do.
    void forget(const Owner& owner);

    // SimulatedMachine
    Timestamp now() const override;
    SteadyTime steady_now() const override { return now_; }
    std::uint64_t next_seed() override;

    // LoopDriver
    void add(EventLoop& loop) override;
    void remove(EventLoop& loop) override;
    void post(EventLoop& loop, std::move_only_function<void()> work) override;
    void wake_at(EventLoop& loop, SteadyTime when) override;
    bool is_running(const EventLoop& loop) const override { return &loop == running_; }
    void run(EventLoop& loop) override;
    void stop(EventLoop& loop) override;
    void descriptors_changed() override { look_at_descriptors_ = true; }
    void work_on(std::move_only_function<void()> work) override;
    void work_at(SteadyTime when, std::move_only_function<void()> work) override;

 private:
    static constexpr SteadyTime kBegin{std::chrono::hours{24}};

    /// What takes its turns: a loop, or an owner's workers together. Stays until the scheduler goes, so that it may be pointed
    /// at.
    struct Line {
        EventLoop* loop = nullptr;
        Owner* owner = nullptr;
        std::deque<std::move_only_function<void()>> ready;
        SteadyTime wake = SteadyTime::max();
        bool stopped = false;
        bool watches = false;
        /// Its loop or its owner has gone: what comes now is too late.
        bool gone = false;
        std::size_t number = 0;
    };
    struct Event {
        std::move_only_function<void()> work;
        /// Where the work is queued when it is due; null: nowhere, it is done at once.
        Line* line = nullptr;
        /// It is this line's timers that are due.
        bool timers = false;
    };
    /// When an event is due. Small, as it is moved about in the queue, unlike the event.
    struct Due {
        SteadyTime when;
        std::uint64_t order;
        /// In events_.
        std::uint32_t place;
        bool operator>(const Due& other) const { return when != other.when ? when > other.when : order > other.order; }
    };

    /// Null where the loop has gone.
    Line* find_line(const EventLoop& loop) const;
    Line& line_of(const EventLoop& loop) const { return *find_line(loop); }
    Line* new_line(EventLoop* loop);
    /// Of whoever runs now.
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
    /// In the order in which they came.
    std::vector<std::unique_ptr<Line>> lines_;
    /// Nobody goes through these, so that no address decides anything.
    std::unordered_map<const EventLoop*, Line*> line_of_loop_;
    std::unordered_map<const Owner*, Line*> workers_;
    /// Those that have something to do, in the order of their numbers.
    std::vector<Line*> ready_;
    std::vector<Line*> watching_;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
    std::vector<Event> events_;
    /// Places in events_ that are free.
    std::vector<std::uint32_t> free_;
    std::vector<std::move_only_function<bool()>> sources_;
    /// Since they were looked at last, something may have come on a descriptor.
    bool look_at_descriptors_ = true;
    SimulatedMachine::Scope scope_;
};

}  // namespace tw::simulation
