#pragma once

#include "apps/tradewind/console/console_client.hpp"
#include "apps/tradewind/console/list_options.hpp"
#include "apps/tradewind/console/terminal_text.hpp"

#include <deque>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

namespace tw::app {

/// Ids of what has been printed lately, so that nothing is printed twice.
class PrintedIds {
 public:
    /// Returns whether the id is new.
    bool add(const std::string& id);

 private:
    std::unordered_set<std::string> ids_;
    std::deque<std::string> order_;
};

/// Lists log records or traces, oldest first, and then goes on with what comes if that is wanted.
class SignalList {
 public:
    enum class Signal : std::uint8_t { logs, traces };

    SignalList(Signal signal, const ConsoleClient& client, ListOptions options, Painter paint)
        : signal_{signal}, client_{client}, options_{std::move(options)}, paint_{paint} {}

    Task<Outcome<void>> run();

 private:
    /// An entry of the list: its id, its time, and the line that shows it.
    struct Entry {
        std::string id;
        std::int64_t time_us = 0;
        std::string line;
    };

    Task<Outcome<void>> list(std::size_t limit);
    Task<Outcome<std::string>> read_page(std::size_t limit, const std::string& token, std::vector<Entry>& entries);
    Task<Outcome<void>> follow();
    Task<Outcome<void>> read_events(ConsoleWatch& watch);
    void take(const ::console::WatchEvent& event);
    /// Prints the traces that have not grown since the last time.
    void print_settled();
    Entry entry_of(const ::console::LogRecord& log) const;
    Entry entry_of(const ::console::TraceSummary& trace) const;
    void print(const Entry& entry);

    Signal signal_;
    const ConsoleClient& client_;
    ListOptions options_;
    Painter paint_;
    PrintedIds printed_;
    /// A trace is sent again when it grows, so it is printed when it has stayed the same for a
    /// while. `changed` says that it has grown since print_settled looked at it.
    struct Growing {
        Entry entry;
        bool changed = true;
    };
    std::map<std::string, Growing> growing_;
    bool has_reader_ = true;
};

}  // namespace tw::app
