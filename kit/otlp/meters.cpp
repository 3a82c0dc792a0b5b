#include "kit/otlp/meters.hpp"

#include "kit/otlp/ask_loops.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <iterator>
#include <map>
#include <utility>

namespace tw::otlp {
namespace {

/// The points of one meter. They are written on the meter's loop. The collecting loop reads them
/// only after `done`.
struct Answer {
    std::vector<telemetry::MetricPoint> points;
    std::atomic<bool> done{false};
};

}  // namespace

void Meters::add(std::size_t source, EventLoop& loop, telemetry::Meter& meter) { entries_.push_back({source, &loop, &meter}); }

Task<std::vector<SourceMetrics>> Meters::collect(const CallContext& ctx, std::shared_ptr<EventLoop> home) const {
    const auto answers = std::make_shared<std::deque<Answer>>(entries_.size());
    std::vector<LoopTask> tasks;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        auto work = std::make_shared<std::move_only_function<void()>>([answers, i, meter = entries_[i].meter] {
            auto& answer = (*answers)[i];
            meter->collect(answer.points);
            answer.done.store(true, std::memory_order_release);
        });
        tasks.push_back({entries_[i].loop, std::move(work)});
    }
    static_cast<void>(co_await ask_loops(ctx, std::move(home), std::move(tasks)));

    std::map<std::size_t, std::vector<telemetry::MetricPoint>> by_source;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        auto& answer = (*answers)[i];
        if (!answer.done.load(std::memory_order_acquire)) continue;
        std::ranges::move(answer.points, std::back_inserter(by_source[entries_[i].source]));
    }
    std::vector<SourceMetrics> result;
    for (auto& [source, points] : by_source) {
        if (!points.empty()) result.push_back({source, telemetry::merge_points(std::move(points))});
    }
    co_return result;
}

}  // namespace tw::otlp
