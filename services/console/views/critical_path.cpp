#include "services/console/views/critical_path.hpp"

#include <algorithm>
#include <numeric>

namespace tw::console {
namespace {

/// A span on the path, of which the time from `start_ns` to `open_ns` is not yet explained.
struct OpenSpan {
    int place;
    std::int64_t start_ns;
    std::int64_t end_ns;
    std::int64_t open_ns;
    /// Which child is looked at next.
    std::size_t next;
};

class PathWalk {
 public:
    PathWalk(std::span<const SpanRecord> trace, std::span<const SpanTree::Place> places) : trace_{trace}, places_{places} {
        // By parent; children of one parent from the last end to the first.
        children_.resize(places.size());
        std::iota(children_.begin(), children_.end(), 0);
        std::ranges::stable_sort(children_, [this](int left, int right) {
            if (parent(left) != parent(right)) return parent(left) < parent(right);
            return record(left).end_ns > record(right).end_ns;
        });
    }

    std::vector<CriticalPart> walk(int root) {
        open(root, record(root).start_ns, record(root).end_ns);
        while (!open_.empty()) {
            if (!enter_child()) {
                add(open_.back().place, open_.back().start_ns, open_.back().open_ns);
                open_.pop_back();
            }
        }
        std::ranges::reverse(parts_);
        return std::move(parts_);
    }

 private:
    int parent(int place) const { return places_[static_cast<std::size_t>(place)].parent; }
    const SpanRecord& record(int place) const { return trace_[places_[static_cast<std::size_t>(place)].span]; }

    void open(int place, std::int64_t start_ns, std::int64_t end_ns) {
        const auto first = std::ranges::lower_bound(children_, place, {}, [this](int child) { return parent(child); });
        open_.push_back({place, start_ns, end_ns, end_ns, static_cast<std::size_t>(first - children_.begin())});
    }

    /// Goes into the child of the innermost span that ended last before the time that is explained.
    bool enter_child() {
        auto& span = open_.back();
        for (; span.next < children_.size() && parent(children_[span.next]) == span.place; ++span.next) {
            const int child = children_[span.next];
            const auto start_ns = std::max(record(child).start_ns, span.start_ns);
            const auto end_ns = std::min(record(child).end_ns, span.end_ns);
            if (end_ns > span.open_ns || end_ns <= start_ns) continue;
            add(span.place, end_ns, span.open_ns);
            span.open_ns = start_ns;
            ++span.next;
            open(child, start_ns, end_ns);
            return true;
        }
        return false;
    }

    void add(int place, std::int64_t start_ns, std::int64_t end_ns) {
        if (end_ns > start_ns) parts_.push_back({place, start_ns, end_ns});
    }

    std::span<const SpanRecord> trace_;
    std::span<const SpanTree::Place> places_;
    std::vector<int> children_;
    std::vector<OpenSpan> open_;
    std::vector<CriticalPart> parts_;
};

}  // namespace

std::vector<CriticalPart> critical_path(std::span<const SpanRecord> trace, std::span<const SpanTree::Place> places, int root) {
    return PathWalk{trace, places}.walk(root);
}

}  // namespace tw::console
