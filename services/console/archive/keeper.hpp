#pragma once

#include "kit/base/clock.hpp"
#include "services/console/archive.hpp"
#include "services/console/archive/file_list.hpp"
#include "services/console/archive/file_writer.hpp"
#include "services/console/archive/intake.hpp"
#include "services/console/archive/losses.hpp"
#include "services/console/archive/sampler.hpp"
#include "services/console/views.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tw::console {

/// Stores requests: reads them, writes them in one transaction, and tells their senders. It belongs
/// to the archive's thread, but for `map` and `tell_arrivals`.
class Keeper {
 public:
    Keeper(const ArchiveOptions& options, const Clock& clock, FileList& files, Losses& losses, IntakeStats& stats)
        : options_{options},
          clock_{clock},
          files_{files},
          losses_{losses},
          stats_{stats},
          sampler_{options.records_per_second_max, kLeftOutBytesMax} {}

    void on_arrival(Archive::OnArrival arrived) { arrived_ = std::move(arrived); }
    /// May be called by any thread.
    void tell_arrivals(bool wanted) { arrivals_wanted_ = wanted; }
    /// Counts the calls of the newest traces that are stored, so that a map can be given after a
    /// restart. Called once, before the first request.
    void count_stored();
    /// Stores the requests, calls each one's `done`, and tells what has arrived.
    void store(std::vector<Waiting> requests);
    /// Removes what is too old, and sets aside what readers have found damaged.
    void tidy();

    /// May be called by any thread.
    ::console::Map map(std::int64_t from_us, std::int64_t to_us) const;

 private:
    /// How much of what is left out is kept for a while.
    static constexpr std::size_t kLeftOutBytesMax = 16UL * 1024 * 1024;

    /// Adds to `arrived`, unless it is null, what was stored.
    std::optional<Error> write(Batch& batch, Arrived* arrived);
    std::optional<Fault> write_batch(const Batch& batch, std::span<const TraceGroup> traces, Arrived* arrived);
    void hold(std::span<Waiting> requests);
    /// Stores what was left out of traces that are stored after all.
    void bring_back(Arrived* arrived);
    void open_writer();
    /// Closes the file that is written to if it is large or old enough.
    void close_file();
    void add_services(const Batch& batch);
    void count_refused(telemetry::Signal signal, const Result<Accepted>& accepted, std::string_view request);

    const ArchiveOptions& options_;
    const Clock& clock_;
    FileList& files_;
    Losses& losses_;
    IntakeStats& stats_;
    Sampler sampler_;
    Archive::OnArrival arrived_;
    std::atomic<bool> arrivals_wanted_ = true;
    std::unique_ptr<FileWriter> writer_;
    /// The file before, while spans of its traces may still come.
    std::unique_ptr<FileWriter> previous_;
    SteadyTime previous_until_;
    mutable std::mutex counts_mutex_;
    CallCounts counts_;
};

}  // namespace tw::console
