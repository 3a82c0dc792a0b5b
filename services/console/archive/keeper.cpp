#include "services/console/archive/keeper.hpp"

#include "services/console/archive/otlp_reader.hpp"
#include "services/console/archive/replay.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace tw::console {
namespace {

/// For how long spans of a trace in the file before are put together with the earlier ones.
constexpr std::chrono::minutes kPreviousKept{5};
constexpr std::chrono::seconds kRetryAfter{1};
/// In how many files the time to keep is divided at least, since files are removed as a whole.
constexpr int kFilesOfAge = 28;
/// About how many spans are counted at the start, which takes 1.3 us for each.
constexpr std::int64_t kCountedSpansMax = 200'000;

}  // namespace

void Keeper::count_stored() {
    const auto now_ns = clock_.now().unix_micros() * 1000;
    replay(files_.newest_first(), kCountedSpansMax, [&](std::span<const SpanRecord> trace) {
        // They count at the time when they ended.
        const auto ended_ns = std::ranges::max(trace, {}, &SpanRecord::end_ns).end_ns;
        const std::scoped_lock lock{counts_mutex_};
        counts_.add(trace, std::min(ended_ns, now_ns));
    });
}

void Keeper::store(std::vector<Waiting> requests) {
    Batch batch;
    batch.brief = true;
    std::vector<Result<Accepted>> outcomes;
    // How many records of each request were taken.
    std::vector<std::size_t> taken;
    for (const auto& each : requests) {
        const auto before = batch.spans.size() + batch.logs.size();
        outcomes.push_back(read_request(each.signal, each.request, batch));
        taken.push_back(batch.spans.size() + batch.logs.size() - before);
        count_refused(each.signal, outcomes.back(), each.request);
    }
    add_services(batch);
    Arrived arrived;
    const bool telling = arrived_ && arrivals_wanted_;
    const auto failure = write(batch, telling ? &arrived : nullptr);
    if (!failure) hold(requests);
    tidy();
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const auto& each = requests[i];
        const auto records = taken[i];
        if (failure && records > 0) {
            // A sender that hears of the failure sends the records again, so they are not lost yet.
            stats_.refused(each.signal, Refusal::not_stored, records);
            if (!each.done) losses_.lost(fmt::format("could not be stored: {}", failure->detail()), records, clock_.now());
            outcomes[i] = *failure;
        } else {
            losses_.received(records);
            stats_.taken(each.signal, records);
        }
        if (each.done) each.done(std::move(outcomes[i]));
    }
    if (!failure && telling && (!arrived.traces.empty() || !arrived.logs.empty())) arrived_(arrived);
}

/// A service is on the map as soon as it sends anything, also before anybody calls it.
void Keeper::add_services(const Batch& batch) {
    const std::scoped_lock lock{counts_mutex_};
    for (const auto& source : batch.sources) {
        const auto& left_out = options_.senders_not_called;
        if (std::ranges::find(left_out, source.service) == left_out.end()) counts_.add_service(source.service);
    }
}

void Keeper::count_refused(telemetry::Signal signal, const Result<Accepted>& accepted, std::string_view request) {
    if (!accepted) {
        const auto records = count_records(signal, request);
        stats_.refused(signal, Refusal::unreadable, records);
        losses_.lost("refused: the request could not be read", records, clock_.now());
    } else if (accepted->rejected > 0) {
        stats_.refused(signal, Refusal::bad_record, accepted->rejected);
        losses_.lost(fmt::format("refused: {}", accepted->reason), accepted->rejected, clock_.now());
    }
}

std::optional<Error> Keeper::write(Batch& batch, Arrived* arrived) {
    if (batch.spans.empty() && batch.logs.empty()) return std::nullopt;
    auto traces = group_by_trace(batch);
    if (clock_.steady_now() >= previous_until_) previous_.reset();
    sampler_.choose(batch, traces, clock_.steady_now());
    auto fault = write_batch(batch, traces, arrived);
    if (fault) return std::move(*fault).error().with_retry_after(kRetryAfter);
    {
        const std::scoped_lock lock{counts_mutex_};
        counts_.add(batch.spans, clock_.now().unix_micros() * 1000);
    }
    bring_back(arrived);
    stats_.stores_share(sampler_.share(), clock_.steady_now());
    return std::nullopt;
}

/// Keeps the requests for a while, if something was left out of them.
void Keeper::hold(std::span<Waiting> requests) {
    std::vector<std::string> texts;
    for (auto& each : requests) texts.push_back(std::move(each.request));
    sampler_.hold(std::move(texts));
    for (const auto& [signal, records] : sampler_.forget(clock_.steady_now())) stats_.left_out(signal, records);
}

std::optional<Fault> Keeper::write_batch(const Batch& batch, std::span<const TraceGroup> traces, Arrived* arrived) {
    std::optional<Fault> fault;
    // A file that turns out to be damaged is set aside, and the batch goes to a new one.
    for (int attempt = 0; attempt < 2; ++attempt) {
        if (writer_ == nullptr) open_writer();
        if (arrived != nullptr) *arrived = {};
        const auto began = clock_.steady_now();
        fault = writer_->store(batch, traces, previous_.get(), clock_.now().unix_micros(), arrived);
        stats_.committed(clock_.steady_now() - began);
        if (!fault) break;
        const auto file = writer_->shared_file();
        writer_.reset();
        if (!fault->damaged()) break;
        previous_.reset();
        files_.set_aside(file, fault->text);
    }
    return fault;
}

void Keeper::bring_back(Arrived* arrived) {
    const auto earlier = sampler_.bring_back();
    if (earlier.empty()) return;
    Batch batch;
    batch.brief = true;
    for (const auto& records : earlier) static_cast<void>(read_request(records.signal, records.request, batch));
    const auto traces = group_by_trace(batch);
    Arrived more;
    if (write_batch(batch, traces, arrived == nullptr ? nullptr : &more)) {
        for (const auto& records : earlier) stats_.left_out(records.signal, records.count);
        return;
    }
    if (arrived == nullptr) return;
    std::ranges::move(more.traces, std::back_inserter(arrived->traces));
    std::ranges::move(more.logs, std::back_inserter(arrived->logs));
}

void Keeper::open_writer() {
    auto file = files_.writable();
    if (file == nullptr) file = files_.add();
    writer_ = std::make_unique<FileWriter>(std::move(file), clock_.now().unix_micros());
}

void Keeper::close_file() {
    const auto contents = writer_->file().contents();
    const auto age = std::chrono::microseconds{clock_.now().unix_micros() - contents.begun_us};
    if (contents.bytes < static_cast<std::int64_t>(options_.file_bytes_max) && age < options_.age_max / kFilesOfAge) return;
    files_.end_last();
    previous_ = std::move(writer_);
    previous_until_ = clock_.steady_now() + kPreviousKept;
}

void Keeper::tidy() {
    if (writer_ != nullptr && writer_->file().damaged()) writer_.reset();
    if (previous_ != nullptr && previous_->file().damaged()) previous_.reset();
    files_.set_aside_damaged();
    if (writer_ != nullptr) close_file();
    files_.remove_old(clock_.now().unix_micros());
}

::console::Map Keeper::map(std::int64_t from_us, std::int64_t to_us) const {
    const std::scoped_lock lock{counts_mutex_};
    return counts_.map(from_us, to_us);
}

}  // namespace tw::console
