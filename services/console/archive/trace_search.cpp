#include "services/console/archive/trace_search.hpp"

#include "services/console/archive/position.hpp"
#include "services/console/archive/search_time.hpp"
#include "services/console/archive/time_blocks.hpp"
#include "services/console/archive/trace_filter.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace tw::console {
namespace {

constexpr std::size_t kTracesPageDefault = 50;

std::size_t traces_page_size(const ::console::ListTracesRequest& request) {
    return request.page_size() > 0 ? static_cast<std::size_t>(request.page_size()) : kTracesPageDefault;
}

void add_trace(std::string_view stored, ::console::ListTracesResponse& answer) {
    auto& summary = *answer.add_traces();
    if (!summary.ParseFromArray(stored.data(), static_cast<int>(stored.size()))) answer.mutable_traces()->RemoveLast();
}

/// Goes back through the files until the page is full or the time is over.
class NewestTraces {
 public:
    NewestTraces(const TraceFilter& filter, std::size_t page_size, Position before, const SearchTime& time)
        : filter_{filter}, page_size_{page_size}, last_{before}, time_{time} {}

    ::console::ListTracesResponse search(const std::vector<FilePtr>& files) {
        for (const auto& file : files) {
            if (file->number() > last_.file || !filter_.may_be_in(file->contents())) continue;
            const auto before = file->number() == last_.file ? last_.row : std::numeric_limits<std::int64_t>::max();
            ReaderLease lease{file};
            each_trace(lease, filter_, before, [&](const TraceSeen& trace) { return look_at(lease, *file, trace); });
            if (!answer_.next_page_token().empty()) break;
        }
        return std::move(answer_);
    }

 private:
    bool look_at(ReaderLease& lease, const ArchiveFile& file, const TraceSeen& trace) {
        // At least one trace is looked at, so that a search goes on however slow the disk is.
        if (static_cast<std::size_t>(answer_.traces_size()) == page_size_ || (looked_at_any_ && time_.over())) {
            const std::int64_t numbers[] = {last_.file, last_.row};
            answer_.set_next_page_token(page_token(numbers));
            answer_.set_searched_back_to_us(last_start_us_);
            return false;
        }
        looked_at_any_ = true;
        last_ = {file.number(), trace.row};
        last_start_us_ = trace.start_us;
        if (!filter_.in_time(trace.start_us)) return true;
        Batch batch;
        if (!filter_.needs_spans() || filter_.matches(lease.stored(), trace, batch)) add_trace(trace.summary, answer_);
        return true;
    }

    const TraceFilter& filter_;
    std::size_t page_size_;
    Position last_;
    const SearchTime& time_;
    std::int64_t last_start_us_ = 0;
    bool looked_at_any_ = false;
    ::console::ListTracesResponse answer_;
};

/// Orders the newest traces by their duration, then looks at one after the other.
class SlowestTraces {
 public:
    /// The longest first, and of those that are equally long the newest first.
    struct Rank {
        std::int64_t duration_ns = std::numeric_limits<std::int64_t>::max();
        Position position;

        auto operator<=>(const Rank&) const = default;
    };

    SlowestTraces(const TraceFilter& filter, std::size_t page_size, const SearchTime& time)
        : filter_{filter}, page_size_{page_size}, time_{time} {}

    /// Goes on where the token says. `token` may be empty.
    Result<void> start(const std::string& token) {
        if (token.empty()) return {};
        auto numbers = read_page_token(token, 5);
        if (!numbers) return std::move(numbers).error();
        newest_ = {(*numbers)[0], (*numbers)[1]};
        last_ = {(*numbers)[2], {(*numbers)[3], (*numbers)[4]}};
        return {};
    }

    ::console::ListTracesResponse search(const std::vector<FilePtr>& files) {
        collect(files);
        std::erase_if(ranks_, [this](const Rank& rank) { return !(rank < last_); });
        // Only so many of them are put in order as there are looked at.
        std::ranges::make_heap(ranks_);
        for (; !ranks_.empty(); ranks_.pop_back()) {
            std::ranges::pop_heap(ranks_);
            const auto rank = ranks_.back();
            if (static_cast<std::size_t>(answer_.traces_size()) == page_size_ || (looked_at_any_ && time_.over())) {
                const std::int64_t numbers[] = {newest_.file, newest_.row, last_.duration_ns, last_.position.file,
                                                last_.position.row};
                answer_.set_next_page_token(page_token(numbers));
                break;
            }
            looked_at_any_ = true;
            last_ = rank;
            look_at(rank);
        }
        return std::move(answer_);
    }

 private:
    /// Takes the newest traces of the time range, from the newest one of the first page on.
    void collect(const std::vector<FilePtr>& files) {
        std::size_t seen = 0;
        for (const auto& file : files) {
            if (file->number() > newest_.file || !filter_.may_be_in(file->contents())) continue;
            by_number_[file->number()] = file;
            const auto before = file->number() == newest_.file ? newest_.row + 1 : std::numeric_limits<std::int64_t>::max();
            ReaderLease lease{file};
            const auto take = [&](std::int64_t row, const TraceTime& time) {
                if (seen++ == kNewestMax) {
                    answer_.set_searched_back_to_us(oldest_us_);
                    return false;
                }
                oldest_us_ = time.start_us;
                if (filter_.in_time(time.start_us)) ranks_.push_back({time.duration_ns, {file->number(), row}});
                return true;
            };
            if (filter_.names_id()) {
                const auto take_row = [&](const TraceSeen& trace) {
                    return take(trace.row, {trace.start_us, trace.duration_ns});
                };
                each_trace(lease, filter_, before, take_row);
            } else {
                each_time(lease.database(), before, take);
            }
            if (seen > kNewestMax) break;
        }
        // The first page remembers the newest trace, so that later ones do not move the pages.
        if (newest_ == Position{} && !ranks_.empty()) newest_ = std::ranges::max(ranks_, {}, &Rank::position).position;
    }

    void look_at(const Rank& rank) {
        ReaderLease lease{by_number_[rank.position.file]};
        auto row = lease.database().query("SELECT pieces, summary FROM trace WHERE id = ?1", rank.position.row);
        if (!row.next()) return;
        const TraceSeen trace{.row = rank.position.row, .pieces = row.blob(0), .summary = row.blob(1)};
        Batch batch;
        if (!filter_.needs_spans() || filter_.matches(lease.stored(), trace, batch)) add_trace(trace.summary, answer_);
    }

    const TraceFilter& filter_;
    std::size_t page_size_;
    const SearchTime& time_;
    Position newest_;
    Rank last_;
    std::vector<Rank> ranks_;
    std::map<std::int64_t, FilePtr> by_number_;
    std::int64_t oldest_us_ = 0;
    bool looked_at_any_ = false;
    ::console::ListTracesResponse answer_;
};

}  // namespace

Result<::console::ListTracesResponse> search_traces(const std::vector<FilePtr>& files,
                                                    const ::console::ListTracesRequest& request, const Clock& clock,
                                                    std::chrono::milliseconds time_max) {
    const SearchTime time{clock, time_max};
    auto filter = TraceFilter::make(request.q(), request.from_us(), request.to_us());
    if (!filter) return std::move(filter).error();
    if (request.sort() == "slowest") {
        SlowestTraces slowest{*filter, traces_page_size(request), time};
        if (auto started = slowest.start(request.page_token()); !started) return std::move(started).error();
        return slowest.search(files);
    }
    const auto before = read_position(request.page_token());
    if (!before) return before.error();
    return NewestTraces{*filter, traces_page_size(request), *before, time}.search(files);
}

}  // namespace tw::console
