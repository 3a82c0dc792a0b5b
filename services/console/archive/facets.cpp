#include "services/console/archive/facets.hpp"

#include "services/console/archive/log_search.hpp"
#include "services/console/archive/otlp_values.hpp"
#include "services/console/archive/search_time.hpp"
#include "services/console/archive/trace_filter.hpp"
#include "services/console/archive/trace_search.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>

namespace tw::console {
namespace {

constexpr std::size_t kValuesShownMax = 20;
/// How many different values of a key are counted. Values beyond it are rare ones.
constexpr std::size_t kValuesCountedMax = 10'000;
constexpr std::string_view kTraceKeys[] = {"service", "name", "http.route", "http.response.status_code", "error.type"};
constexpr std::string_view kLogKeys[] = {"service", "severity", "event"};
constexpr std::string_view kResourcePrefix = "resource.";

using Values = std::vector<std::string_view>;

void add_attribute_values(const AttributeVector& attributes, std::string_view key, Texts& texts, Values& values) {
    for (const auto& attribute : attributes) {
        if (attribute.key == key) values.push_back(attribute_text(attribute, texts));
    }
}

template <std::size_t Size>
std::string_view name_at(const std::string_view (&names)[Size], int number) {
    return number >= 0 && static_cast<std::size_t>(number) < Size ? names[number] : std::string_view{};
}

/// The name of a severity as queries have it.
std::string_view severity_word(int severity) {
    static constexpr std::string_view kNames[] = {"trace", "debug", "info", "warn", "error", "fatal"};
    return severity < 1 ? std::string_view{} : name_at(kNames, (severity - 1) / 4);
}

/// Appends the values that a span has for a key of the query language.
void add_values(const SpanRecord& span, std::string_view key, Texts& texts, Values& values) {
    static constexpr std::string_view kKinds[] = {"unspecified", "internal", "server", "client", "producer", "consumer"};
    static constexpr std::string_view kStatuses[] = {"unset", "ok", "error"};
    if (key == "service") {
        values.push_back(span.source->service);
    } else if (key == "name") {
        values.push_back(span.name);
    } else if (key == "kind") {
        values.push_back(name_at(kKinds, span.kind));
    } else if (key == "status") {
        values.push_back(name_at(kStatuses, span.status));
    } else if (key == "event") {
        for (const auto& event : span.events) values.push_back(event.name);
    } else if (key.starts_with(kResourcePrefix)) {
        add_attribute_values(span.source->resource, key.substr(kResourcePrefix.size()), texts, values);
    } else {
        add_attribute_values(span.attributes, key, texts, values);
    }
}

void add_values(const LogEntry& log, std::string_view key, Texts& texts, Values& values) {
    if (key == "service") {
        values.push_back(log.source->service);
    } else if (key == "severity") {
        values.push_back(severity_word(log.severity));
    } else if (key == "event") {
        values.push_back(log.event_name);
    } else if (key.starts_with(kResourcePrefix)) {
        add_attribute_values(log.source->resource, key.substr(kResourcePrefix.size()), texts, values);
    } else {
        add_attribute_values(log.attributes, key, texts, values);
    }
}

/// Counts the values of some keys. A trace or log record counts once for each of its values.
class ValueCounts {
 public:
    explicit ValueCounts(std::vector<std::string> keys) : keys_{std::move(keys)}, counts_(keys_.size()) {}

    template <class Record>
    void add(std::span<const Record> records, Texts& texts) {
        ++counted_;
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            values_.clear();
            for (const auto& record : records) add_values(record, keys_[i], texts, values_);
            std::ranges::sort(values_);
            const auto repeated = std::ranges::unique(values_);
            values_.erase(repeated.begin(), repeated.end());
            for (const auto value : values_) count(counts_[i], value);
        }
    }

    ::console::ListFacetsResponse answer(bool more) const {
        ::console::ListFacetsResponse answer;
        answer.set_counted(counted_);
        answer.set_more(more);
        for (std::size_t i = 0; i < keys_.size(); ++i) fill(*answer.add_facets(), keys_[i], counts_[i]);
        return answer;
    }

 private:
    using Counts = std::unordered_map<std::string, std::int64_t>;

    static void count(Counts& counts, std::string_view value) {
        if (value.empty()) return;
        std::string text{value};
        if (const auto found = counts.find(text); found != counts.end()) {
            ++found->second;
        } else if (counts.size() < kValuesCountedMax) {
            counts.emplace(std::move(text), 1);
        }
    }

    static void fill(::console::Facet& facet, const std::string& key, const Counts& counts) {
        facet.set_key(key);
        std::vector<std::pair<std::string_view, std::int64_t>> sorted{counts.begin(), counts.end()};
        std::ranges::sort(sorted, [](const auto& left, const auto& right) {
            return left.second != right.second ? left.second > right.second : left.first < right.first;
        });
        for (const auto& [value, times] : sorted) {
            if (static_cast<std::size_t>(facet.values_size()) == kValuesShownMax) break;
            auto& shown = *facet.add_values();
            shown.set_value(std::string{value});
            shown.set_count(times);
        }
    }

    std::vector<std::string> keys_;
    std::vector<Counts> counts_;
    std::int64_t counted_ = 0;
    Values values_;
};

std::vector<std::string> keys_of(const ::console::ListFacetsRequest& request) {
    if (request.keys_size() > 0) return {request.keys().begin(), request.keys().end()};
    if (request.signal() == "logs") return {std::begin(kLogKeys), std::end(kLogKeys)};
    return {std::begin(kTraceKeys), std::end(kTraceKeys)};
}

/// How far a count goes: the time, and the number of records that are looked at.
class CountLimit {
 public:
    CountLimit(const Clock& clock, std::chrono::milliseconds time_max) : time_{clock, time_max} {}

    /// Asked before each record. The first one is always taken.
    bool reached() {
        if (seen_ == kNewestMax || (seen_ > 0 && time_.over())) more_ = true;
        ++seen_;
        return more_;
    }
    bool more() const { return more_; }

 private:
    SearchTime time_;
    std::size_t seen_ = 0;
    bool more_ = false;
};

void count_traces(const std::vector<FilePtr>& files, const TraceFilter& filter, ValueCounts& counts, CountLimit& limit) {
    for (const auto& file : files) {
        if (limit.more() || !filter.may_be_in(file->contents())) continue;
        ReaderLease lease{file};
        each_trace(lease, filter, std::numeric_limits<std::int64_t>::max(), [&](const TraceSeen& trace) {
            if (limit.reached()) return false;
            Batch batch;
            if (filter.in_time(trace.start_us) && filter.matches(lease.stored(), trace, batch))
                counts.add(std::span<const SpanRecord>{batch.spans}, batch.texts);
            return true;
        });
    }
}

void count_logs(const std::vector<FilePtr>& files, const LogFilter& filter, ValueCounts& counts, CountLimit& limit) {
    for (const auto& file : files) {
        if (limit.more() || !filter.may_be_in(file->contents())) continue;
        ReaderLease lease{file};
        each_log(lease, filter, std::numeric_limits<std::int64_t>::max(), [&](const LogSeen& log) {
            if (limit.reached()) return false;
            if (!filter.in_time(log.time_us)) return true;
            Batch batch;
            lease.stored().read_log(log.source, log.bytes, batch);
            if (!batch.logs.empty() && filter.matches(batch.logs.front()))
                counts.add(std::span<const LogEntry>{batch.logs}, batch.texts);
            return true;
        });
    }
}

}  // namespace

Result<::console::ListFacetsResponse> count_facets(const std::vector<FilePtr>& files, const ::console::ListFacetsRequest& request,
                                                   const Clock& clock, std::chrono::milliseconds time_max) {
    CountLimit limit{clock, time_max};
    ValueCounts counts{keys_of(request)};
    if (request.signal() == "logs") {
        auto filter = LogFilter::make(request.q(), request.from_us(), request.to_us(), {});
        if (!filter) return std::move(filter).error();
        count_logs(files, *filter, counts, limit);
    } else {
        auto filter = TraceFilter::make(request.q(), request.from_us(), request.to_us());
        if (!filter) return std::move(filter).error();
        count_traces(files, *filter, counts, limit);
    }
    return counts.answer(limit.more());
}

}  // namespace tw::console
