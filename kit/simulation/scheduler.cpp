#include "kit/simulation/scheduler.hpp"

#include "kit/simulation/run/sequence.hpp"

#include <algorithm>
#include <utility>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;

/// The time of the wall clock when a run begins: 2026-05-28T20:26:40Z.
constexpr Timestamp kWallBegin = Timestamp::from_unix_micros(1'780'000'000'000'000);
/// The most virtual time that one step takes. Most steps take less.
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
    return kWallBegin + std::chrono::duration_cast<std::chrono::microseconds>(time()) + skipped_ + owner_->clock_error;
}

void Scheduler::set_now(SteadyTime now) {
    now_ = now;
    history_.set_time(time());
}

bool Scheduler::step() {
    ++steps_;
    set_now(now_ + std::chrono::nanoseconds{choose(kStepNanosMax)});
    while (!due_.empty() && due_.top().when <= now_) {
        if (take_due_event()) return true;
    }
    std::size_t able = 0;
    for (const auto* const line : ready_) able += may_run(*line) ? 1 : 0;
    if (able == 0) {
        if (poll_sources()) return true;
        if (due_.empty()) return false;
        // For an owner that is paused, there is an event at the end of its pause.
        set_now(std::max(now_, due_.top().when));
        return true;
    }
    auto nth = choose(able);
    for (auto* const line : ready_) {
        if (!may_run(*line) || nth-- > 0) continue;
        history_.mix(line->number);
        run_next_of(*line);
        return true;
    }
    return true;
}

/// Takes an event that is due. Returns false if the event was for a loop or an owner that has gone.
bool Scheduler::take_due_event() {
    const auto [when, order, place] = due_.top();
    due_.pop();
    auto event = std::move(events_[place]);
    free_.push_back(place);
    if (event.line == nullptr) {
        event.work();
        return true;
    }
    auto& line = *event.line;
    if (line.gone) return false;
    if (event.timers) {
        // The event is outdated if an earlier wake was asked for later, or if this wake has
        // happened.
        if (line.wake != when) return false;
        line.wake = SteadyTime::max();
        enqueue(line, [loop = line.loop] { loop->fire_timers(); });
    } else {
        enqueue(line, std::move(event.work));
    }
    return true;
}

void Scheduler::run_next_of(Line& line) {
    auto work = std::move(line.ready.front());
    line.ready.pop_front();
    if (line.ready.empty()) std::erase(ready_, &line);
    auto* const running = std::exchange(running_, line.loop);
    auto* const running_line = std::exchange(running_line_, &line);
    auto* const owner = std::exchange(owner_, line.owner);
    // The work may destroy the line by ending its loop. The owner exists as long as any of its
    // objects may run.
    auto& mine = *line.owner;
    work();
    // The work is destroyed while its owner is the current one, since objects in it may post more
    // work.
    work = nullptr;
    owner_ = owner;
    running_line_ = running_line;
    running_ = running;
    if (mine.turns_left > 0 && --mine.turns_left == 0) mine.at_turn();
}

bool Scheduler::poll_sources() {
    if (!std::exchange(look_at_descriptors_, false)) return false;
    bool any = false;
    for (auto& source : sources_) any = source() || any;
    if (!watching_.empty()) any = poll_descriptors() || any;
    look_at_descriptors_ = any || look_at_descriptors_;
    return any;
}

bool Scheduler::poll_descriptors() {
    bool any = false;
    const auto watching = watching_;
    for (auto* const line : watching) {
        if (line->gone || !line->to_poll || line->owner->paused_until > now_) continue;
        line->to_poll = false;
        line->to_poll = poll_line(*line) || line->to_poll;
        any = line->to_poll || any;
    }
    return any;
}

bool Scheduler::poll_line(Line& line) {
    auto* const running = std::exchange(running_, line.loop);
    auto* const running_line = std::exchange(running_line_, &line);
    auto* const owner = std::exchange(owner_, line.owner);
    const bool any = line.loop->poll_descriptors();
    owner_ = owner;
    running_line_ = running_line;
    running_ = running;
    return any;
}

/// A loop calls this for its own descriptors, and the world for those of all.
void Scheduler::descriptors_changed() {
    look_at_descriptors_ = true;
    if (running_line_ != nullptr && running_line_->watches) {
        running_line_->to_poll = true;
    } else {
        for (auto* const line : watching_) line->to_poll = true;
    }
}

void Scheduler::descriptors_changed(std::string_view owner_name) {
    look_at_descriptors_ = true;
    bool known = false;
    for (auto* const line : watching_) {
        if (line->owner->name != owner_name) continue;
        line->to_poll = true;
        known = true;
    }
    if (known) return;
    for (auto* const line : watching_) line->to_poll = true;
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
    add_event(now_ + delay, {.work = std::move(event)});
}

void Scheduler::add_event(SteadyTime when, Event event) {
    auto place = static_cast<std::uint32_t>(events_.size());
    if (free_.empty()) {
        events_.push_back(std::move(event));
    } else {
        place = free_.back();
        free_.pop_back();
        events_[place] = std::move(event);
    }
    due_.push({.when = when, .order = orders_++, .place = place});
}

void Scheduler::pause(Owner& owner, std::chrono::nanoseconds time) {
    owner.paused_until = std::max(owner.paused_until, now_ + time);
    // The event makes sure that time stops at the end of the pause.
    after(time, [this] { descriptors_changed(); });
}

void Scheduler::watch_descriptors(EventLoop& loop) {
    auto& line = line_of(loop);
    if (!std::exchange(line.watches, true)) watching_.push_back(&line);
    std::ranges::sort(watching_, {}, &Line::number);
    line.to_poll = true;
    look_at_descriptors_ = true;
}

void Scheduler::as(Owner& owner, const std::function<void()>& make) {
    auto* const before = std::exchange(owner_, &owner);
    make();
    owner_ = before;
}

Scheduler::Line* Scheduler::new_line(EventLoop* loop) {
    lines_.push_back(std::make_unique<Line>());
    auto& line = *lines_.back();
    line.loop = loop;
    line.owner = owner_;
    line.number = lines_.size() - 1;
    return &line;
}

Scheduler::Line* Scheduler::find_line(const EventLoop& loop) const {
    if (&loop == running_ && !running_line_->gone) return running_line_;
    const auto found = line_of_loop_.find(&loop);
    return found == line_of_loop_.end() ? nullptr : found->second;
}

void Scheduler::enqueue(Line& line, std::move_only_function<void()> work) {
    if (line.ready.empty()) ready_.insert(std::ranges::upper_bound(ready_, line.number, {}, &Line::number), &line);
    line.ready.push_back(std::move(work));
}

void Scheduler::drop(Line& line) {
    line.gone = true;
    std::erase(ready_, &line);
    std::erase(watching_, &line);
    // Objects that are destroyed here may post work, which is dropped.
    auto left = std::exchange(line.ready, {});
}

void Scheduler::add(EventLoop& loop) { line_of_loop_.emplace(&loop, new_line(&loop)); }

void Scheduler::remove(EventLoop& loop) {
    auto& line = *line_of_loop_.extract(&loop).mapped();
    // The sources learn of the connections that the loop has closed.
    look_at_descriptors_ = true;
    line.loop = nullptr;
    drop(line);
}

void Scheduler::forget(const Owner& owner) {
    const auto found = workers_.extract(&owner);
    if (!found.empty()) drop(*found.mapped());
}

void Scheduler::post(EventLoop& loop, std::move_only_function<void()> work) {
    if (auto* const line = find_line(loop)) enqueue(*line, std::move(work));
}

void Scheduler::wake_at(EventLoop& loop, SteadyTime when) {
    auto* const line = find_line(loop);
    if (line == nullptr || when >= line->wake) return;
    line->wake = when;
    add_event(when, {.line = line, .timers = true});
}

void Scheduler::run(EventLoop& loop) {
    auto& line = line_of(loop);
    // A call of stop() that came before counts.
    while (!line.stopped && step()) {
    }
    line.stopped = false;
}

void Scheduler::stop(EventLoop& loop) { line_of(loop).stopped = true; }

Scheduler::Line& Scheduler::workers() {
    auto& line = workers_[owner_];
    if (line == nullptr) line = new_line(nullptr);
    return *line;
}

void Scheduler::work_on(std::move_only_function<void()> work) { enqueue(workers(), std::move(work)); }

void Scheduler::work_at(SteadyTime when, std::move_only_function<void()> work) {
    add_event(when, {.work = std::move(work), .line = &workers()});
}

}  // namespace tw::simulation
