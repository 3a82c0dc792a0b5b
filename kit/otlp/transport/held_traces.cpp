#include "kit/otlp/transport/held_traces.hpp"

#include <algorithm>
#include <utility>

namespace tw::otlp {

void HeldTraces::add(std::string_view trace_id, TreeSpan span, SteadyTime now) {
    auto found = traces_.find(trace_id);
    if (found == traces_.end()) found = traces_.emplace(std::string{trace_id}, Held{.since = now}).first;
    found->second.fresh = true;
    found->second.spans.push_back(std::move(span));
    ++spans_;
}

bool HeldTraces::is_ready(const Held& held, SteadyTime now) const {
    if (now - held.since >= limits_.hold_time_max) return true;
    return !held.fresh && is_whole(held.spans);
}

std::string HeldTraces::give_out(std::vector<Traces::iterator> ready) {
    std::ranges::stable_sort(ready, {}, [](Traces::iterator trace) { return first_start(trace->second.spans); });
    std::string out;
    for (const auto trace : ready) {
        out += format_tree(trace->first, trace->second.spans);
        spans_ -= trace->second.spans.size();
        traces_.erase(trace);
    }
    return out;
}

std::string HeldTraces::end_round(SteadyTime now) {
    std::vector<Traces::iterator> ready;
    for (auto trace = traces_.begin(); trace != traces_.end(); ++trace) {
        if (is_ready(trace->second, now)) ready.push_back(trace);
        trace->second.fresh = false;
    }
    return give_out(std::move(ready));
}

std::string HeldTraces::take_excess() {
    if (spans_ <= limits_.spans_max) return {};
    auto oldest = all();
    std::ranges::stable_sort(oldest, {}, [](Traces::iterator trace) { return trace->second.since; });
    std::size_t left = spans_;
    std::size_t count = 0;
    while (left > limits_.spans_max) left -= oldest[count++]->second.spans.size();
    oldest.resize(count);
    return give_out(std::move(oldest));
}

std::string HeldTraces::take_all() { return give_out(all()); }

std::vector<HeldTraces::Traces::iterator> HeldTraces::all() {
    std::vector<Traces::iterator> found;
    for (auto trace = traces_.begin(); trace != traces_.end(); ++trace) found.push_back(trace);
    return found;
}

}  // namespace tw::otlp
