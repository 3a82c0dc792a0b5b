#include "kit/simulation/scheduler.hpp"

#include "kit/simulation/sequence.hpp"

#include <algorithm>
#include <utility>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;

/// A Sunday in 2026, at which the wall clock stands when a run begins.
constexpr Timestamp kWallBegin = Timestamp::from_unix_micros(1'780'000'000'000'000);
/// What one step costs at most; most cost less.
constexpr std::uint64_t kStepNanosMax = 20'000;

}  // namespace

Scheduler::Scheduler(std::uint64_t seed)
    : seed_{seed},
      choices_{seed_of_part(seed, "order")},
      seeds_{seed_of_part(seed, "seeds")},
      faults_{seed_of_part(seed, "faults"), history_},
      scope_{*this} {}

Scheduler::~Scheduler() = default;

std::uint64_t Scheduler::choose(std::uint64_t below) { return next_in_sequence(choices_) % below; }

std::uint64_t Scheduler::next_seed() { return next_in_sequence(seeds_); }

Timestamp Scheduler::now() const {
    return kWallBegin + std::chrono::duration_cast<std::chrono::microseconds>(time()) + owner_->clock_error;
}

void Scheduler::set_now(SteadyTime now) {
    now_ = now;
    history_.set_time(time());
}

bool Scheduler::step() {
    ++steps_;
    set_now(now_ + std::chrono::nanoseconds{choose(kStepNanosMax)});
    while (!events_.empty() && events_.top().when <= now_) {
        if (take_due_event()) return true;
    }
    std::size_t able = 0;
    for (const auto& line : order_) able += may_run(*line) ? 1 : 0;
    if (able == 0) {
        if (poll_sources()) return true;
        if (events_.empty()) return false;
        // Who is paused has an event for the end of that.
        set_now(std::max(now_, events_.top().when));
        return true;
    }
    auto nth = choose(able);
    for (std::size_t i = 0;; ++i) {
        if (!may_run(*order_[i]) || nth-- > 0) continue;
        history_.mix(order_[i]->number);
        run_next_of(std::shared_ptr{order_[i]});
        return true;
    }
}

/// False where the event was for somebody who has gone.
bool Scheduler::take_due_event() {
    const auto event = events_.top();
    events_.pop();
    if (!event.of_line) {
        (*event.work)();
        return true;
    }
    const auto line = event.line.lock();
    if (!line) return false;
    if (event.timers) {
        // An earlier wake has been asked for since, or this one was.
        if (line->wake != event.when) return false;
        line->wake = SteadyTime::max();
        line->ready.emplace_back([loop = line->loop] { loop->fire_timers(); });
    } else {
        line->ready.push_back(std::move(*event.work));
    }
    return true;
}

void Scheduler::run_next_of(const std::shared_ptr<Line>& line) {
    auto work = std::move(line->ready.front());
    line->ready.pop_front();
    auto* const running = std::exchange(running_, line->loop);
    auto* const owner = std::exchange(owner_, line->owner);
    work();
    // Within the owner's name: what goes with the work may have a last word.
    work = nullptr;
    owner_ = owner;
    running_ = running;
    if (line->watches) look_at_descriptors_ = true;
}

bool Scheduler::poll_sources() {
    if (!std::exchange(look_at_descriptors_, false)) return false;
    bool any = false;
    for (auto& source : sources_) any = source() || any;
    const auto watching = order_;
    for (const auto& line : watching) {
        if (!line->watches || line->loop == nullptr || line->owner->paused_until > now_) continue;
        auto* const running = std::exchange(running_, line->loop);
        auto* const owner = std::exchange(owner_, line->owner);
        any = line->loop->poll_descriptors() || any;
        owner_ = owner;
        running_ = running;
    }
    look_at_descriptors_ = any || look_at_descriptors_;
    return any;
}

void Scheduler::run_for(std::chrono::nanoseconds time) {
    run_until([] { return false; }, time);
}

bool Scheduler::run_until(const std::function<bool()>& done, std::chrono::nanoseconds at_most) {
    const auto over = std::make_shared<bool>(false);
    after(at_most, [over] { *over = true; });
    while (!done()) {
        if (*over || !step()) return done();
    }
    return true;
}

void Scheduler::after(std::chrono::nanoseconds delay, std::move_only_function<void()> event) {
    add_event(now_ + delay, std::move(event), {});
}

void Scheduler::add_event(SteadyTime when, std::move_only_function<void()> work, const std::shared_ptr<Line>& line) {
    events_.push({.when = when,
                  .order = orders_++,
                  .work = std::make_shared<std::move_only_function<void()>>(std::move(work)),
                  .line = line,
                  .of_line = line != nullptr});
}

void Scheduler::pause(Owner& owner, std::chrono::nanoseconds time) {
    owner.paused_until = std::max(owner.paused_until, now_ + time);
    // So that time moves on to then at the latest.
    after(time, [this] { descriptors_changed(); });
}

void Scheduler::watch_descriptors(EventLoop& loop) {
    line_of(loop)->watches = true;
    descriptors_changed();
}

void Scheduler::as(Owner& owner, const std::function<void()>& make) {
    auto* const before = std::exchange(owner_, &owner);
    make();
    owner_ = before;
}

void Scheduler::forget(const Owner& owner) {
    const auto found = workers_.find(&owner);
    if (found == workers_.end()) return;
    std::erase(order_, found->second);
    workers_.erase(found);
}

std::shared_ptr<Scheduler::Line> Scheduler::new_line(EventLoop* loop) {
    auto line = std::make_shared<Line>();
    line->loop = loop;
    line->owner = owner_;
    line->number = lines_made_++;
    order_.push_back(line);
    return line;
}

void Scheduler::add(EventLoop& loop) { lines_.emplace(&loop, new_line(&loop)); }

void Scheduler::remove(EventLoop& loop) {
    const auto line = lines_.extract(&loop).mapped();
    std::erase(order_, line);
    descriptors_changed();
    line->loop = nullptr;
    // What is destroyed with it may post, and is then too late.
    auto left = std::exchange(line->ready, {});
}

void Scheduler::post(EventLoop& loop, std::move_only_function<void()> work) {
    const auto found = lines_.find(&loop);
    if (found != lines_.end()) found->second->ready.push_back(std::move(work));
}

void Scheduler::wake_at(EventLoop& loop, SteadyTime when) {
    const auto found = lines_.find(&loop);
    if (found == lines_.end()) return;
    auto& line = found->second;
    if (when >= line->wake) return;
    line->wake = when;
    events_.push({.when = when, .order = orders_++, .work = nullptr, .line = line, .of_line = true, .timers = true});
}

void Scheduler::run(EventLoop& loop) {
    const auto line = line_of(loop);
    // A stop() that came before counts.
    while (!line->stopped && step()) {
    }
    line->stopped = false;
}

void Scheduler::stop(EventLoop& loop) { line_of(loop)->stopped = true; }

std::shared_ptr<Scheduler::Line>& Scheduler::workers() {
    auto& line = workers_[owner_];
    if (!line) line = new_line(nullptr);
    return line;
}

void Scheduler::work_on(std::move_only_function<void()> work) { workers()->ready.push_back(std::move(work)); }

void Scheduler::work_at(SteadyTime when, std::move_only_function<void()> work) { add_event(when, std::move(work), workers()); }

}  // namespace tw::simulation
