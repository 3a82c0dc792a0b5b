#include "services/console/archive/file_writer.hpp"

#include "services/console/archive/otlp_reader.hpp"
#include "services/console/archive/otlp_values.hpp"
#include "services/console/archive/position.hpp"
#include "services/console/archive/schema.hpp"
#include "services/console/archive/summaries.hpp"
#include "services/console/views.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace tw::console {
namespace {

/// A trace with more spans is not read again when others come. Its summary is then made of the
/// stored one.
constexpr std::int64_t kReadAgainMax = 2000;

std::string source_key(const ReadSource& source) {
    std::string key = fmt::format("{}:", source.resource_bytes.size());
    key += source.resource_bytes;
    key += source.scope_bytes;
    return key;
}

template <class Item>
void reorder(std::vector<Item>& items, std::span<const std::size_t> order) {
    std::vector<Item> ordered;
    ordered.reserve(items.size());
    for (const auto at : order) ordered.push_back(std::move(items[at]));
    items = std::move(ordered);
}

/// Ids in `ref` are texts and whole numbers.
bool is_ref(const Attribute& attribute) {
    return is_ref_key(attribute.key) && (attribute.type == ValueType::string || attribute.type == ValueType::integer);
}

}  // namespace

std::vector<TraceGroup> group_by_trace(Batch& batch) {
    std::unordered_map<TraceId, std::size_t, TraceIdHash> places;
    std::vector<TraceGroup> groups;
    std::vector<std::size_t> group_of(batch.spans.size());
    for (std::size_t i = 0; i < batch.spans.size(); ++i) {
        const auto [at, is_new] = places.try_emplace(batch.spans[i].trace_id, groups.size());
        if (is_new) groups.emplace_back();
        group_of[i] = at->second;
        ++groups[at->second].count;
    }
    std::size_t begin = 0;
    for (auto& group : groups) begin = (group.begin = begin) + group.count;
    std::vector<std::size_t> next;
    for (const auto& group : groups) next.push_back(group.begin);
    std::vector<std::size_t> order(batch.spans.size());
    for (std::size_t i = 0; i < group_of.size(); ++i) order[next[group_of[i]]++] = i;
    if (std::ranges::is_sorted(order)) return groups;
    reorder(batch.spans, order);
    reorder(batch.span_bytes, order);
    return groups;
}

FileWriter::FileWriter(std::shared_ptr<ArchiveFile> file, std::int64_t now_us)
    : file_{std::move(file)}, database_{file_->path(), Database::Role::writer} {
    if (database_.integer("SELECT count(*) FROM sqlite_master") == 0) {
        database_.run_script(kSchema);
        database_.run("UPDATE contents SET begun_us = ?1 WHERE id = 1", now_us);
    }
    start();
}

FileWriter::~FileWriter() {
    stored_.reset();
    database_.run_script("PRAGMA wal_checkpoint(TRUNCATE)");
}

/// Reads what is needed to go on with the file as it is.
void FileWriter::start() {
    stored_.emplace(database_);
    next_trace_ = database_.integer("SELECT coalesce(max(id), 0) + 1 FROM trace");
    next_log_ = database_.integer("SELECT coalesce(max(id), 0) + 1 FROM log");
    log_blocks_.start(next_log_);
    contents_ = read_contents(database_);
    sources_.clear();
    last_source_ = nullptr;
    auto rows = database_.query("SELECT id, resource, scope FROM source");
    while (rows.next()) {
        ReadSource source;
        source.resource_bytes = rows.blob(1);
        source.scope_bytes = rows.blob(2);
        sources_.emplace(source_key(source), rows.integer(0));
    }
}

std::optional<Fault> FileWriter::store(const Batch& batch, std::span<const TraceGroup> traces, FileWriter* previous,
                                       std::int64_t now_us, Arrived* arrived) {
    database_.run("BEGIN IMMEDIATE");
    stored_->trim();
    copied_.clear();
    for (const auto& group : traces) {
        if (!database_.failed()) store_trace(batch, group, previous, arrived);
    }
    for (std::size_t i = 0; i < batch.logs.size() && !database_.failed(); ++i) store_log(batch, i, arrived);
    last_source_ = nullptr;
    contents_.stored_us = now_us;
    write_contents();
    database_.run("COMMIT");
    if (auto fault = database_.take_fault()) {
        // SQLite may have rolled back by itself, so that the fault of this statement means nothing.
        database_.run("ROLLBACK");
        database_.take_fault();
        start();
        return fault;
    }
    contents_.bytes = database_.integer("PRAGMA page_count") * database_.integer("PRAGMA page_size");
    file_->set_contents(contents_);
    if (!copied_.empty()) previous->hide(copied_);
    return database_.take_fault();
}

std::optional<FileWriter::TraceRow> FileWriter::find(std::string_view trace_id) {
    auto rows = database_.query("SELECT id, pieces, spans, moved FROM trace WHERE trace_id = ?1", trace_id);
    if (!rows.next()) return std::nullopt;
    return TraceRow{rows.integer(0), rows.integer(1), rows.integer(2), rows.integer(3) != 0};
}

void FileWriter::store_trace(const Batch& batch, const TraceGroup& group, FileWriter* previous, Arrived* arrived) {
    const auto spans = std::span{batch.spans}.subspan(group.begin, group.count);
    const auto trace_id = id_bytes(spans.front().trace_id);
    auto row = find(trace_id).value_or(TraceRow{});
    const bool is_new = row.id == 0;
    // The later file is gone if this one is written to again.
    if (row.moved) contents_.spans += row.spans;
    Batch earlier;
    if (is_new) {
        row.id = next_trace_++;
        if (previous != nullptr) copy_from(*previous, trace_id, row, earlier);
    } else if (row.spans + static_cast<std::int64_t>(spans.size()) <= kReadAgainMax) {
        stored_->read_trace(row.id, earlier);
    }
    const auto summary = summary_with(row, earlier, spans);
    const auto piece = make_piece(batch, group);
    database_.run("INSERT INTO piece (id, bytes) VALUES (?1, ?2)", first_piece(row.id) + row.pieces++, std::string_view{piece});
    store_refs(spans, row.id);
    row.spans += static_cast<std::int64_t>(spans.size());
    write_trace(row, trace_id, summary);
    contents_.traces += is_new || row.moved ? 1 : 0;
    contents_.spans += static_cast<std::int64_t>(spans.size());
    contents_.include(summary.start_us(), summary.start_us() + summary.duration_ns() / 1000);
    if (arrived != nullptr) arrived->traces.push_back(summary);
}

void FileWriter::copy_from(FileWriter& previous, std::string_view trace_id, TraceRow& row, Batch& earlier) {
    const auto found = previous.find(trace_id);
    if (!found || found->moved) return;
    std::string stored;
    previous.stored_->read_pieces(found->id, stored);
    std::string piece;
    std::string_view rest = stored;
    while (const auto run = take_run(rest)) {
        const auto* source = previous.stored_->source(run->source);
        if (source != nullptr) append_run(piece, source_row(*source), run->spans);
    }
    database_.run("INSERT INTO piece (id, bytes) VALUES (?1, ?2)", first_piece(row.id) + row.pieces++, std::string_view{piece});
    stored_->read_runs(earlier.texts.keep(std::move(piece)), earlier);
    store_refs(earlier.spans, row.id);
    row.spans = static_cast<std::int64_t>(earlier.spans.size());
    contents_.spans += row.spans;
    copied_.push_back(*found);
}

void FileWriter::hide(std::span<const TraceRow> moved) {
    database_.run("BEGIN IMMEDIATE");
    for (const auto& row : moved) {
        database_.run("UPDATE trace SET moved = 1 WHERE id = ?1", row.id);
        contents_.traces -= 1;
        contents_.spans -= row.spans;
    }
    write_contents();
    database_.run("COMMIT");
    file_->set_contents(contents_);
    if (!database_.take_fault()) return;
    // Such a trace is shown twice, with its earlier and with all its spans.
    database_.run("ROLLBACK");
    database_.take_fault();
}

::console::TraceSummary FileWriter::summary_with(const TraceRow& row, Batch& earlier, std::span<const SpanRecord> added) {
    if (row.spans == 0) return summarize(added);
    if (!earlier.spans.empty()) {
        earlier.spans.insert(earlier.spans.end(), added.begin(), added.end());
        return summarize(earlier.spans);
    }
    ::console::TraceSummary kept;
    auto rows = database_.query("SELECT summary FROM trace WHERE id = ?1", row.id);
    if (rows.next()) {
        const auto bytes = rows.blob(0);
        kept.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    }
    return merge(kept, summarize(added));
}

void FileWriter::write_trace(const TraceRow& row, std::string_view trace_id, const ::console::TraceSummary& summary) {
    const auto bytes = summary.SerializeAsString();
    database_.run(
        "INSERT INTO trace (id, trace_id, start_us, duration_ns, pieces, spans, moved, summary)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7) ON CONFLICT (id) DO UPDATE SET start_us = ?3, duration_ns = ?4,"
        " pieces = ?5, spans = ?6, moved = 0, summary = ?7",
        row.id, trace_id, summary.start_us(), summary.duration_ns(), row.pieces, row.spans, std::string_view{bytes});
}

std::string FileWriter::make_piece(const Batch& batch, const TraceGroup& group) {
    std::string piece;
    std::string run;
    const auto end = group.begin + group.count;
    for (auto i = group.begin; i < end;) {
        const auto& source = read_source_of(batch.spans[i]);
        run.clear();
        for (; i < end && batch.spans[i].source == &source; ++i) run += batch.span_bytes[i];
        append_run(piece, source_row(source), run);
    }
    return piece;
}

void FileWriter::store_refs(std::span<const SpanRecord> spans, std::int64_t trace) {
    Texts texts;
    std::vector<std::int64_t> hashes;
    for (const auto& span : spans) {
        for (const auto& attribute : span.attributes) {
            if (is_ref(attribute)) hashes.push_back(ref_hash(attribute.key, attribute_text(attribute, texts)));
        }
    }
    std::ranges::sort(hashes);
    const auto repeated = std::ranges::unique(hashes);
    hashes.erase(repeated.begin(), repeated.end());
    for (const auto hash : hashes) database_.run("INSERT OR IGNORE INTO ref (hash, trace) VALUES (?1, ?2)", hash, trace);
}

void FileWriter::store_log(const Batch& batch, std::size_t index, Arrived* arrived) {
    const auto& log = batch.logs[index];
    const auto source = source_row(read_source_of(log));
    const auto time_us = log.time_ns / 1000;
    const auto id = next_log_++;
    constexpr const char* kInsert = "INSERT INTO log (id, time_us, source, trace_id, bytes) VALUES (?1, ?2, ?3, ?4, ?5)";
    if (log.trace_id == TraceId{}) {
        database_.run(kInsert, id, time_us, source, nullptr, batch.log_bytes[index]);
    } else {
        database_.run(kInsert, id, time_us, source, id_bytes(log.trace_id), batch.log_bytes[index]);
    }
    log_blocks_.add(id, log);
    contents_.logs += 1;
    contents_.include(time_us, time_us);
    if (arrived != nullptr) arrived->logs.push_back(view_of(log, record_id({file_->number(), id})));
}

std::int64_t FileWriter::source_row(const ReadSource& source) {
    if (&source == last_source_) return last_source_row_;
    const auto [at, is_new] = sources_.try_emplace(source_key(source), static_cast<std::int64_t>(sources_.size()) + 1);
    if (is_new) {
        database_.run("INSERT INTO source (id, resource, scope) VALUES (?1, ?2, ?3)", at->second, source.resource_bytes,
                      source.scope_bytes);
    }
    last_source_ = &source;
    last_source_row_ = at->second;
    return at->second;
}

void FileWriter::write_contents() {
    database_.run(
        "UPDATE contents SET first_us = ?1, last_us = ?2, traces = ?3, spans = ?4, logs = ?5,"
        " stored_us = ?6 WHERE id = 1",
        contents_.first_us, contents_.last_us, contents_.traces, contents_.spans, contents_.logs, contents_.stored_us);
}

}  // namespace tw::console
