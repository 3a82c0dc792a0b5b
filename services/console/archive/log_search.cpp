#include "services/console/archive/log_search.hpp"

#include "kit/base/encoding.hpp"
#include "services/console/archive/key_blocks.hpp"
#include "services/console/archive/position.hpp"
#include "services/console/archive/search_time.hpp"
#include "services/console/archive/text_bits.hpp"
#include "services/console/views.hpp"

#include <algorithm>
#include <limits>
#include <ranges>
#include <set>
#include <utility>
#include <vector>

namespace tw::console {
namespace {

constexpr std::size_t kLogsPageDefault = 100;

/// Goes back through the files until the page is full or the time is over.
class NewestLogs {
 public:
    NewestLogs(const LogFilter& filter, std::size_t page_size, Position before, const SearchTime& time)
        : filter_{filter}, page_size_{page_size}, last_{before}, time_{time} {}

    ::console::ListLogsResponse search(const std::vector<FilePtr>& files) {
        for (const auto& file : files) {
            if (file->number() > last_.file || !filter_.may_be_in(file->contents())) continue;
            const auto before = file->number() == last_.file ? last_.row : std::numeric_limits<std::int64_t>::max();
            ReaderLease lease{file};
            each_log(lease, filter_, before, [&](const LogSeen& log) { return look_at(lease, *file, log); });
            if (!answer_.next_page_token().empty()) break;
        }
        return std::move(answer_);
    }

 private:
    bool look_at(ReaderLease& lease, const ArchiveFile& file, const LogSeen& log) {
        // At least one record is looked at, so that a search goes on however slow the disk is.
        if (static_cast<std::size_t>(answer_.records_size()) == page_size_ || (looked_at_any_ && time_.over())) {
            const std::int64_t numbers[] = {last_.file, last_.row};
            answer_.set_next_page_token(page_token(numbers));
            answer_.set_searched_back_to_us(last_time_us_);
            return false;
        }
        looked_at_any_ = true;
        last_ = {file.number(), log.row};
        last_time_us_ = log.time_us;
        if (!filter_.in_time(log.time_us)) return true;
        Batch batch;
        lease.stored().read_log(log.source, log.bytes, batch);
        if (!batch.logs.empty() && filter_.matches(batch.logs.front()))
            *answer_.add_records() = view_of(batch.logs.front(), record_id(last_));
        return true;
    }

    const LogFilter& filter_;
    std::size_t page_size_;
    Position last_;
    const SearchTime& time_;
    std::int64_t last_time_us_ = 0;
    bool looked_at_any_ = false;
    ::console::ListLogsResponse answer_;
};

/// How many records are shown on each side of one.
constexpr std::int64_t kAroundMax = 20;

/// Reads records of a file, in the order of their arrival, until there are `wanted`.
class RecordsOfFiles {
 public:
    /// `files` has the newest first.
    explicit RecordsOfFiles(const std::vector<FilePtr>& files) : files_{files} {}

    /// The record at `place` and those before it, the newest first.
    std::vector<::console::LogRecord> back_from(Position place, std::size_t wanted) const {
        std::vector<::console::LogRecord> found;
        for (const auto& file : files_) {
            if (file->number() > place.file || found.size() == wanted) continue;
            const auto last = file->number() == place.file ? place.row : std::numeric_limits<std::int64_t>::max();
            read(file, "SELECT id, source, bytes FROM log WHERE id <= ?1 ORDER BY id DESC LIMIT ?2", last, wanted, found);
        }
        return found;
    }
    /// The records after `place`, the oldest first.
    std::vector<::console::LogRecord> after(Position place, std::size_t wanted) const {
        std::vector<::console::LogRecord> found;
        for (const auto& file : files_ | std::views::reverse) {
            if (file->number() < place.file || found.size() == wanted) continue;
            const auto first = file->number() == place.file ? place.row : std::int64_t{0};
            read(file, "SELECT id, source, bytes FROM log WHERE id > ?1 ORDER BY id LIMIT ?2", first, wanted, found);
        }
        return found;
    }

 private:
    static void read(const FilePtr& file, const char* sql, std::int64_t row, std::size_t wanted,
                     std::vector<::console::LogRecord>& found) {
        if (file->contents().empty()) return;
        ReaderLease lease{file};
        auto rows = lease.database().query(sql, row, static_cast<std::int64_t>(wanted - found.size()));
        while (rows.next()) {
            Batch batch;
            lease.stored().read_log(rows.integer(1), rows.blob(2), batch);
            if (!batch.logs.empty()) found.push_back(view_of(batch.logs.front(), record_id({file->number(), rows.integer(0)})));
        }
    }

    const std::vector<FilePtr>& files_;
};

/// The record and those around it, the newest first.
Result<::console::ListLogsResponse> search_around(const std::vector<FilePtr>& files, std::string_view id) {
    const auto place = read_record_id(id);
    if (!place) return invalid("/around", "is not the id of a log record");
    const RecordsOfFiles records{files};
    auto before = records.back_from(*place, kAroundMax + 1);
    if (before.empty() || before.front().id() != id)
        return Error{Code::not_found, "LOG_NOT_FOUND", "this log record is not kept any more"};
    auto after = records.after(*place, kAroundMax);
    ::console::ListLogsResponse response;
    for (auto& record : after | std::views::reverse) *response.add_records() = std::move(record);
    for (auto& record : before) *response.add_records() = std::move(record);
    return response;
}

}  // namespace

Result<LogFilter> LogFilter::make(std::string_view query, std::int64_t from_us, std::int64_t to_us, std::string_view trace_id) {
    auto parsed = Query::parse(query);
    if (!parsed) return std::move(parsed).error();
    LogFilter filter;
    filter.query_ = std::move(*parsed);
    for (const auto text : filter.query_.contained_texts()) TextBits::append_places(text, filter.text_places_);
    filter.from_us_ = from_us;
    filter.to_us_ = to_us;
    if (!trace_id.empty()) {
        TraceId id{};
        if (!read_hex(trace_id, id)) return invalid("/trace_id", "is not 32 hexadecimal digits");
        filter.trace_id_ = id;
        return filter;
    }
    for (const auto& term : filter.query_.exact_terms()) {
        if (TraceId id{}; term.key == "trace_id" && read_hex(term.value, id)) filter.trace_id_ = id;
    }
    return filter;
}

namespace {

/// The blocks of records that cannot match, since their texts have not what the query asks for.
std::set<std::int64_t> blocks_to_leave_out(ReaderLease& lease, const LogFilter& filter) {
    std::set<std::int64_t> blocks;
    if (filter.text_places().empty()) return blocks;
    auto rows = lease.database().query("SELECT id, bits FROM log_block");
    while (rows.next()) {
        if (!TextBits::has_all(rows.blob(1), filter.text_places())) blocks.insert(rows.integer(0));
    }
    return blocks;
}

/// Returns whether `use` wants more.
bool each_row(Rows rows, const std::function<bool(const LogSeen&)>& use) {
    while (rows.next()) {
        if (!use({rows.integer(0), rows.integer(1), rows.integer(2), rows.blob(3)})) return false;
    }
    return true;
}

}  // namespace

void each_log(ReaderLease& lease, const LogFilter& filter, std::int64_t before, const std::function<bool(const LogSeen&)>& use) {
    auto& database = lease.database();
    if (filter.trace_id()) {
        const auto found = rows_with_key(database, key_of(*filter.trace_id()));
        for (const auto row : found.logs) {
            constexpr const char* kOne = "SELECT id, time_us, source, bytes FROM log WHERE id = ?1 AND trace_id = ?2";
            if (row < before && !each_row(database.query(kOne, row, id_bytes(*filter.trace_id())), use)) return;
        }
        return;
    }
    // From the end, each run of records between two blocks that are left out.
    constexpr const char* kRun = "SELECT id, time_us, source, bytes FROM log WHERE id < ?1 AND id >= ?2 ORDER BY id DESC";
    const auto left_out = blocks_to_leave_out(lease, filter);
    auto end = before;
    for (const auto block : left_out | std::views::reverse) {
        const auto first_behind = (block + 1) * kLogBlockRecords;
        if (first_behind < end && !each_row(database.query(kRun, end, first_behind), use)) return;
        end = std::min(end, block * kLogBlockRecords);
    }
    each_row(database.query(kRun, end, std::int64_t{0}), use);
}

Result<::console::ListLogsResponse> search_logs(const std::vector<FilePtr>& files, const ::console::ListLogsRequest& request,
                                                const Clock& clock, std::chrono::milliseconds time_max) {
    if (!request.around().empty()) return search_around(files, request.around());
    const SearchTime time{clock, time_max};
    auto filter = LogFilter::make(request.q(), request.from_us(), request.to_us(), request.trace_id());
    if (!filter) return std::move(filter).error();
    const auto before = read_position(request.page_token());
    if (!before) return before.error();
    const auto page_size = request.page_size() > 0 ? static_cast<std::size_t>(request.page_size()) : kLogsPageDefault;
    return NewestLogs{*filter, page_size, *before, time}.search(files);
}

}  // namespace tw::console
