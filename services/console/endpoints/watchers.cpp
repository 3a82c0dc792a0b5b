#include "services/console/endpoints/watchers.hpp"

#include "kit/async/sleep.hpp"
#include "services/console/reasons.hpp"

#include <algorithm>
#include <limits>
#include <ranges>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace tw::console {
namespace {

using ::console::WatchEvent;

/// How many traces or records may wait to be compared with a query.
constexpr std::size_t kCandidatesMax = 5'000;
/// The most that a list has.
constexpr std::int32_t kPageSizeMax = 500;
constexpr std::chrono::seconds kStatusInterval{1};

/// What waits to be compared with a query: ids, and the times between which they lie.
struct Candidates {
    std::set<std::string> ids;
    std::int64_t from_us = std::numeric_limits<std::int64_t>::max();
    std::int64_t to_us = 0;

    bool add(const std::string& id, std::int64_t time_us) {
        if (ids.size() >= kCandidatesMax) return false;
        ids.insert(id);
        from_us = std::min(from_us, time_us);
        to_us = std::max(to_us, time_us + 1);
        return true;
    }
};

}  // namespace

struct Watchers::Watcher {
    explicit Watcher(const ::console::WatchRequest& request) : traces_q{request.traces_q()}, logs_q{request.logs_q()} {
        const auto wants = [&request](std::string_view topic) {
            return std::ranges::find(request.topics(), topic) != request.topics().end();
        };
        status = wants("status");
        traces = wants("traces");
        logs = wants("logs");
    }

    void push(WatchEvent event) {
        const auto size = event.ByteSizeLong();
        if (bytes + size > kQueueBytesMax) {
            // The next status replaces this one.
            if (!event.has_status()) ++left_out;
            return;
        }
        bytes += size;
        events.push_back(std::move(event));
        changed.notify();
    }
    /// Takes the next event. What was left out is told where it is missing: after what had room.
    WatchEvent pop() {
        WatchEvent event;
        if (events.empty()) {
            event.set_gap(std::exchange(left_out, 0));
            return event;
        }
        event = std::move(events.front());
        events.pop_front();
        bytes -= event.ByteSizeLong();
        return event;
    }
    bool has_event() const { return !events.empty() || left_out > 0; }

    bool status = false;
    bool traces = false;
    bool logs = false;
    std::string traces_q;
    std::string logs_q;

    std::deque<WatchEvent> events;
    std::size_t bytes = 0;
    std::int64_t left_out = 0;
    tw::Signal changed;
    Candidates trace_candidates;
    Candidates log_candidates;
    bool searching = false;
    bool closed = false;
};

Watchers::Watchers(EventLoop& loop, WorkerPool& workers, Archive& archive, GetStatus get_status)
    : loop_{loop}, workers_{workers}, archive_{archive}, get_status_{std::move(get_status)}, call_{loop} {
    count_watchers();
}

Watchers::~Watchers() = default;

Task<Result<void>> Watchers::check(const CallContext& ctx, const Watcher& watcher) {
    if (!watcher.traces_q.empty()) {
        ::console::ListTracesRequest request;
        request.set_q(watcher.traces_q);
        request.set_page_size(1);
        const auto ask = [this, request] { return archive_.list_traces(request); };
        auto found = co_await workers_.run(ctx.loop(), ask);
        if (!found) co_return std::move(found).error();
    }
    if (!watcher.logs_q.empty()) {
        ::console::ListLogsRequest request;
        request.set_q(watcher.logs_q);
        request.set_page_size(1);
        const auto ask = [this, request] { return archive_.list_logs(request); };
        auto found = co_await workers_.run(ctx.loop(), ask);
        if (!found) co_return std::move(found).error();
    }
    co_return Result<void>{};
}

Task<Result<void>> Watchers::watch(const CallContext& ctx, const ::console::WatchRequest& request, Events& events) {
    if (watchers_.size() >= kWatchersMax) {
        co_return Error{Code::unavailable, reason::kTooManyWatchers,
                        fmt::format("{} pages watch already; close one of them", kWatchersMax)};
    }
    const auto watcher = std::make_shared<Watcher>(request);
    watchers_.push_back(watcher);
    count_watchers();
    auto outcome = co_await check(ctx, *watcher);
    if (outcome) {
        if (watcher->status && !telling_status_) spawn(gate_, tell_status());
        outcome = co_await write_events(ctx, *watcher, events);
    }
    watcher->closed = true;
    std::erase(watchers_, watcher);
    count_watchers();
    co_return outcome;
}

void Watchers::count_watchers() {
    count_ = watchers_.size();
    archive_.tell_arrivals(count_ > 0);
}

Task<Result<void>> Watchers::write_events(const CallContext& ctx, Watcher& watcher, Events& events) {
    const CancelScope::Hook hook{ctx.scope(), [&watcher](const Error&) { watcher.changed.notify(); }};
    if (watcher.status) {
        // The client sees at once that it is connected.
        const auto ask = [this] { return get_status_(); };
        auto status = co_await workers_.run(ctx.loop(), ask);
        WatchEvent event;
        if (status) *event.mutable_status() = std::move(*status);
        if (status) watcher.push(std::move(event));
    }
    while (!ctx.over()) {
        if (!watcher.has_event()) {
            co_await watcher.changed;
            continue;
        }
        const auto event = watcher.pop();
        auto written = co_await events.write(event);
        if (!written) co_return written;
    }
    co_return *ctx.over();
}

void Watchers::arrived(const Arrived& what) {
    if (count_ == 0) return;
    auto copy = std::make_shared<const Arrived>(what);
    loop_.post([this, copy = std::move(copy)] { deliver(*copy); });
}

void Watchers::deliver(const Arrived& what) {
    const auto watchers = watchers_;
    for (const auto& watcher : watchers) {
        if (watcher->traces) deliver_traces(watcher, what);
        if (watcher->logs) deliver_logs(watcher, what);
        const bool waits = !watcher->trace_candidates.ids.empty() || !watcher->log_candidates.ids.empty();
        if (waits && !watcher->searching) spawn(gate_, search(watcher));
    }
}

void Watchers::deliver_traces(const SharedWatcher& watcher, const Arrived& what) {
    for (const auto& trace : what.traces) {
        if (!watcher->traces_q.empty()) {
            if (!watcher->trace_candidates.add(trace.trace_id(), trace.start_us())) ++watcher->left_out;
            continue;
        }
        WatchEvent event;
        *event.mutable_trace() = trace;
        watcher->push(std::move(event));
    }
}

void Watchers::deliver_logs(const SharedWatcher& watcher, const Arrived& what) {
    for (const auto& log : what.logs) {
        if (!watcher->logs_q.empty()) {
            if (!watcher->log_candidates.add(log.id(), log.time_us())) ++watcher->left_out;
            continue;
        }
        WatchEvent event;
        *event.mutable_log() = log;
        watcher->push(std::move(event));
    }
}

Task<void> Watchers::search(SharedWatcher watcher) {
    watcher->searching = true;
    while (!watcher->closed && !(watcher->trace_candidates.ids.empty() && watcher->log_candidates.ids.empty())) {
        if (!watcher->trace_candidates.ids.empty()) co_await search_traces(*watcher);
        if (!watcher->log_candidates.ids.empty()) co_await search_logs(*watcher);
    }
    watcher->searching = false;
}

Task<void> Watchers::search_traces(Watcher& watcher) {
    const auto candidates = std::exchange(watcher.trace_candidates, {});
    ::console::ListTracesRequest request;
    request.set_q(watcher.traces_q);
    request.set_from_us(candidates.from_us);
    request.set_to_us(candidates.to_us);
    request.set_page_size(kPageSizeMax);
    const auto ask = [this, request] { return archive_.list_traces(request); };
    auto found = co_await workers_.run(loop_, ask);
    if (!found) co_return;
    // The newest first, and the client wants them in the order of time.
    for (auto& trace : std::views::reverse(*found->mutable_traces())) {
        if (!candidates.ids.contains(trace.trace_id())) continue;
        WatchEvent event;
        *event.mutable_trace() = std::move(trace);
        watcher.push(std::move(event));
    }
}

Task<void> Watchers::search_logs(Watcher& watcher) {
    const auto candidates = std::exchange(watcher.log_candidates, {});
    ::console::ListLogsRequest request;
    request.set_q(watcher.logs_q);
    request.set_from_us(candidates.from_us);
    request.set_to_us(candidates.to_us);
    request.set_page_size(kPageSizeMax);
    const auto ask = [this, request] { return archive_.list_logs(request); };
    auto found = co_await workers_.run(loop_, ask);
    if (!found) co_return;
    for (auto& log : std::views::reverse(*found->mutable_records())) {
        if (!candidates.ids.contains(log.id())) continue;
        WatchEvent event;
        *event.mutable_log() = std::move(log);
        watcher.push(std::move(event));
    }
}

Task<void> Watchers::tell_status() {
    telling_status_ = true;
    const auto wants = [this] { return std::ranges::any_of(watchers_, [](const auto& each) { return each->status; }); };
    while (wants() && !call_.context().over()) {
        std::ignore = co_await sleep_for(call_.context(), kStatusInterval);
        if (!wants() || call_.context().over()) break;
        const auto ask = [this] { return get_status_(); };
        auto status = co_await workers_.run(loop_, ask);
        if (!status) continue;
        const auto watchers = watchers_;
        for (const auto& watcher : watchers) {
            if (!watcher->status) continue;
            WatchEvent event;
            *event.mutable_status() = *status;
            watcher->push(std::move(event));
        }
    }
    telling_status_ = false;
}

Task<void> Watchers::stop() {
    call_.scope().cancel(cancelled());
    co_await close_and_wait(gate_);
}

}  // namespace tw::console
