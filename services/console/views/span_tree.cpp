#include "services/console/views/span_tree.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory_resource>
#include <numeric>
#include <optional>
#include <tuple>

namespace tw::console {
namespace {

constexpr std::size_t kNoSpan = static_cast<std::size_t>(-1);

/// Arranges the spans of one trace. Spans are named by their index.
class Arranger {
 public:
    explicit Arranger(std::span<const SpanRecord> trace)
        : trace_{trace},
          by_start_(trace.size(), &memory_),
          parents_(trace.size(), kNoSpan, &memory_),
          placed_(trace.size(), false, &memory_) {
        std::iota(by_start_.begin(), by_start_.end(), std::size_t{0});
        std::ranges::sort(by_start_, {}, [this](std::size_t span) { return std::pair{trace_[span].start_ns, span}; });
        find_parents();
        list_children();
    }

    SpanTree arrange() {
        tree_.places.reserve(trace_.size());
        for (const auto span : by_start_) {
            if (parents_[span] == kNoSpan) place_from(span);
        }
        // What is left hangs below a cycle.
        for (const auto span : by_start_) {
            if (!placed_[span]) place_from(span);
        }
        return std::move(tree_);
    }

 private:
    void find_parents() {
        List<std::pair<SpanId, std::size_t>> ids{&memory_};
        ids.reserve(trace_.size());
        for (std::size_t span = 0; span < trace_.size(); ++span) ids.emplace_back(trace_[span].span_id, span);
        std::ranges::sort(ids);
        for (std::size_t span = 0; span < trace_.size(); ++span) {
            if (!trace_[span].has_parent()) continue;
            const auto found =
                std::ranges::lower_bound(ids, trace_[span].parent_span_id, {}, &std::pair<SpanId, std::size_t>::first);
            if (found == ids.end() || found->first != trace_[span].parent_span_id || found->second == span) continue;
            parents_[span] = found->second;
        }
    }

    /// The children of span i are children_[first_child_[i]] to children_[first_child_[i + 1]], in
    /// the order of their starts.
    void list_children() {
        first_child_.assign(trace_.size() + 1, 0);
        for (const auto parent : parents_) {
            if (parent != kNoSpan) ++first_child_[parent + 1];
        }
        std::partial_sum(first_child_.begin(), first_child_.end(), first_child_.begin());
        children_.resize(first_child_.back());
        List<std::size_t> next{first_child_, &memory_};
        for (const auto span : by_start_) {
            if (parents_[span] != kNoSpan) children_[next[parents_[span]]++] = span;
        }
    }

    /// Places a span and all that hangs below it.
    void place_from(std::size_t top) {
        waiting_.push_back({top, -1, 0});
        while (!waiting_.empty()) {
            const auto [span, parent, depth] = waiting_.back();
            waiting_.pop_back();
            if (placed_[span]) continue;
            placed_[span] = true;
            const auto place = static_cast<int>(tree_.places.size());
            tree_.places.push_back({span, parent, depth, parent < 0 && trace_[span].has_parent()});
            for (auto i = first_child_[span + 1]; i > first_child_[span]; --i)
                waiting_.push_back({children_[i - 1], place, depth + 1});
        }
    }

    template <class Item>
    using List = std::pmr::vector<Item>;
    struct Waiting {
        std::size_t span;
        int parent;
        int depth;
    };

    std::span<const SpanRecord> trace_;
    /// Traces of a few spans, which most are, need no more.
    std::array<std::byte, 4096> first_bytes_;
    std::pmr::monotonic_buffer_resource memory_{first_bytes_.data(), first_bytes_.size()};
    List<std::size_t> by_start_;
    List<std::size_t> parents_;
    List<std::size_t> first_child_{&memory_};
    List<std::size_t> children_{&memory_};
    List<char> placed_;
    List<Waiting> waiting_{&memory_};
    SpanTree tree_;
};

}  // namespace

SpanTree arrange(std::span<const SpanRecord> trace) { return Arranger{trace}.arrange(); }

Root root_of(std::span<const SpanRecord> trace) {
    const auto first =
        std::ranges::min_element(trace, {}, [](const SpanRecord& span) { return std::tuple{span.has_parent(), span.start_ns}; });
    return {static_cast<std::size_t>(first - trace.begin()), first->has_parent()};
}

}  // namespace tw::console
