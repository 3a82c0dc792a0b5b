#include "apps/tradewind/console/signal_list.hpp"

#include "apps/tradewind/console/telemetry_lines.hpp"
#include "kit/http/json_mapping.hpp"
#include "kit/runtime/standard_error.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tw::app {
namespace {

constexpr std::size_t kPageSizeMax = 500;
constexpr std::size_t kPrintedMax = 20'000;
constexpr std::size_t kGrowingMax = 2'000;
/// After an interruption, this much of what came meanwhile is shown.
constexpr std::size_t kCatchUpMax = 10'000;

std::string json_line(const google::protobuf::Message& message) {
    std::string line;
    http::write_json(message, line);
    return line + "\n";
}

std::string number_or_nothing(std::int64_t number) { return number == 0 ? std::string{} : fmt::to_string(number); }

}  // namespace

bool PrintedIds::add(const std::string& id) {
    if (!ids_.insert(id).second) return false;
    order_.push_back(id);
    if (order_.size() > kPrintedMax) {
        ids_.erase(order_.front());
        order_.pop_front();
    }
    return true;
}

SignalList::Entry SignalList::entry_of(const ::console::LogRecord& log) const {
    return {log.id(), log.time_us(), options_.json ? json_line(log) : log_line(paint_, log)};
}

SignalList::Entry SignalList::entry_of(const ::console::TraceSummary& trace) const {
    return {trace.trace_id(), trace.start_us(), options_.json ? json_line(trace) : trace_line(paint_, trace)};
}

void SignalList::print(const Entry& entry) {
    if (!printed_.add(entry.id)) return;
    options_.from_us = std::max(options_.from_us, entry.time_us);
    has_reader_ = print_out(entry.line) && has_reader_;
}

Task<Outcome<void>> SignalList::run() {
    if (options_.follow) co_return co_await follow();
    co_return co_await list(options_.limit);
}

Task<Outcome<std::string>> SignalList::read_page(std::size_t limit, const std::string& token, std::vector<Entry>& entries) {
    const QueryParameters parameters{{"q", options_.query},
                                     {"from_us", number_or_nothing(options_.from_us)},
                                     {"to_us", number_or_nothing(options_.to_us)},
                                     {"page_size", fmt::to_string(std::min(limit, kPageSizeMax))},
                                     {"page_token", token}};
    if (signal_ == Signal::logs) {
        ::console::ListLogsResponse page;
        auto got = co_await client_.get("/q/logs", parameters, page);
        if (!got) co_return std::unexpected(std::move(got).error());
        for (const auto& log : page.records()) entries.push_back(entry_of(log));
        co_return page.next_page_token();
    }
    ::console::ListTracesResponse page;
    auto got = co_await client_.get("/q/traces", parameters, page);
    if (!got) co_return std::unexpected(std::move(got).error());
    for (const auto& trace : page.traces()) entries.push_back(entry_of(trace));
    co_return page.next_page_token();
}

Task<Outcome<void>> SignalList::list(std::size_t limit) {
    std::vector<Entry> entries;
    std::string token;
    while (entries.size() < limit) {
        auto next = co_await read_page(limit - entries.size(), token, entries);
        if (!next) co_return std::unexpected(std::move(next).error());
        token = std::move(*next);
        if (token.empty()) break;
    }
    // The console lists what arrived last first, and a long span arrives late.
    std::ranges::reverse(entries);
    std::ranges::stable_sort(entries, {}, &Entry::time_us);
    for (const auto& entry : entries) print(entry);
    if (entries.empty() && !options_.follow && !options_.json)
        runtime::print_error("No {} match.\n", signal_ == Signal::logs ? "log records" : "traces");
    co_return Outcome<void>{};
}

Task<Outcome<void>> SignalList::follow() {
    const bool logs = signal_ == Signal::logs;
    // The status, which comes once a second, says that the console is there.
    const QueryParameters parameters{
        {"topics", "status"}, {"topics", logs ? "logs" : "traces"}, {logs ? "logs_q" : "traces_q", options_.query}};
    auto limit = options_.limit;
    while (has_reader_) {
        // The stream is opened before the list is read, so that nothing is missing between them.
        auto watch = co_await client_.watch(parameters);
        if (!watch) co_return std::unexpected(std::move(watch).error());
        if (limit > 0) {
            auto listed = co_await list(limit);
            if (!listed) co_return listed;
        }
        auto ended = co_await read_events(*watch);
        if (!ended) co_return ended;
        limit = kCatchUpMax;
    }
    co_return Outcome<void>{};
}

Task<Outcome<void>> SignalList::read_events(ConsoleWatch& watch) {
    while (has_reader_) {
        const auto event = co_await watch.next();
        if (!event) co_return std::unexpected(event.error());
        if (!*event) break;
        take(**event);
    }
    co_return Outcome<void>{};
}

void SignalList::take(const ::console::WatchEvent& event) {
    if (event.has_log()) print(entry_of(event.log()));
    if (event.has_status()) print_settled();
    if (event.gap() > 0) runtime::print_error("{} were left out here: they came faster than they could be sent\n", event.gap());
    if (!event.has_trace()) return;
    auto entry = entry_of(event.trace());
    auto id = entry.id;
    growing_.insert_or_assign(std::move(id), Growing{std::move(entry)});
    if (growing_.size() > kGrowingMax) print_settled();
}

void SignalList::print_settled() {
    const bool all = growing_.size() > kGrowingMax;
    std::vector<Entry> settled;
    for (auto next = growing_.begin(); next != growing_.end();) {
        const bool stays = !all && std::exchange(next->second.changed, false);
        if (!stays) settled.push_back(std::move(next->second.entry));
        next = stays ? std::next(next) : growing_.erase(next);
    }
    std::ranges::sort(settled, {}, &Entry::time_us);
    for (const auto& entry : settled) print(entry);
}

}  // namespace tw::app
