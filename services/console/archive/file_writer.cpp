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

Batch& make_brief(std::optional<Batch>& batch) {
    batch.emplace().brief = true;
    return *batch;
}

/// Ids in `key_block` are texts and whole numbers.
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
    next_pack_ = database_.integer("SELECT coalesce(max(id), 0) + 1 FROM pack");
    pack_.clear();
    log_blocks_.start(next_log_);
    contents_ = read_contents(database_);
    key_blocks_.start();
    time_blocks_.start(next_trace_);
    trace_rows_.clear();
    auto traces = database_.query("SELECT id, trace_id FROM trace");
    while (traces.next()) {
        TraceId id{};
        const auto bytes = traces.blob(1);
        std::memcpy(id.data(), bytes.data(), std::min(bytes.size(), id.size()));
        trace_rows_.add(id, traces.integer(0));
    }
    sources_.clear();
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
    batch_sources_.assign(batch.sources.size(), 0);
    for (const auto& group : traces) {
        if (!database_.failed()) store_trace(batch, group, previous, arrived);
    }
    for (std::size_t i = 0; i < batch.logs.size() && !database_.failed(); ++i) store_log(batch, i, arrived);
    write_pack();
    key_blocks_.write();
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

std::optional<FileWriter::TraceRow> FileWriter::find(const TraceId& trace_id) {
    const auto id = trace_rows_.find(trace_id);
    if (id == 0) return std::nullopt;
    auto rows = database_.query("SELECT pieces, spans, moved FROM trace WHERE id = ?1", id);
    if (!rows.next()) return std::nullopt;
    return TraceRow{id, std::string{rows.blob(0)}, rows.integer(1), rows.integer(2) != 0};
}

void FileWriter::store_trace(const Batch& batch, const TraceGroup& group, FileWriter* previous, Arrived* arrived) {
    const auto spans = std::span{batch.spans}.subspan(group.begin, group.count);
    const auto& trace_id = spans.front().trace_id;
    auto row = find(trace_id).value_or(TraceRow{});
    const bool is_new = row.id == 0;
    // The later file is gone if this one is written to again.
    if (row.moved) contents_.spans += row.spans;
    // A batch is costly to make, and most traces need none.
    std::optional<Batch> earlier;
    if (is_new) {
        row.id = next_trace_++;
        trace_rows_.add(trace_id, row.id);
        key_blocks_.add(KeyOf::trace, key_of(trace_id), row.id);
        if (previous != nullptr) copy_from(*previous, trace_id, row, earlier);
    } else if (row.spans + static_cast<std::int64_t>(spans.size()) <= kReadAgainMax) {
        stored_->read_trace(row.id, make_brief(earlier));
    }
    const auto& summary = summary_with(row, earlier, spans);
    const auto piece = make_piece(batch, group);
    add_piece(piece, row);
    store_keys(spans, row.id);
    row.spans += static_cast<std::int64_t>(spans.size());
    write_trace(row, trace_id, is_new, summary);
    contents_.traces += is_new || row.moved ? 1 : 0;
    contents_.spans += static_cast<std::int64_t>(spans.size());
    contents_.include(summary.start_us(), summary.start_us() + summary.duration_ns() / 1000);
    if (arrived != nullptr) arrived->traces.push_back(summary);
}

void FileWriter::copy_from(FileWriter& previous, const TraceId& trace_id, TraceRow& row, std::optional<Batch>& earlier) {
    const auto found = previous.find(trace_id);
    if (!found || found->moved) return;
    auto& batch = make_brief(earlier);
    std::string stored;
    previous.stored_->read_pieces(found->pieces, stored);
    std::string piece;
    std::string_view rest = stored;
    while (const auto run = take_run(rest)) {
        const auto* source = previous.stored_->source(run->source);
        if (source != nullptr) append_run(piece, source_row(*source), run->spans);
    }
    add_piece(piece, row);
    stored_->read_runs(batch.texts.keep(std::move(piece)), batch);
    store_keys(batch.spans, row.id);
    row.spans = static_cast<std::int64_t>(batch.spans.size());
    contents_.spans += row.spans;
    copied_.push_back(*found);
}

void FileWriter::hide(std::span<const TraceRow> moved) {
    database_.run("BEGIN IMMEDIATE");
    for (const auto& row : moved) {
        database_.run("UPDATE trace SET moved = 1 WHERE id = ?1", row.id);
        time_blocks_.hide(row.id);
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

const ::console::TraceSummary& FileWriter::summary_with(const TraceRow& row, std::optional<Batch>& earlier,
                                                        std::span<const SpanRecord> added) {
    if (row.spans == 0) {
        summarize(added, summary_);
        return summary_;
    }
    if (earlier && !earlier->spans.empty()) {
        earlier->spans.insert(earlier->spans.end(), added.begin(), added.end());
        summarize(earlier->spans, summary_);
        return summary_;
    }
    ::console::TraceSummary kept;
    auto rows = database_.query("SELECT summary FROM trace WHERE id = ?1", row.id);
    if (rows.next()) {
        const auto bytes = rows.blob(0);
        kept.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    }
    summarize(added, summary_);
    summary_ = merge(kept, summary_);
    return summary_;
}

void FileWriter::write_trace(const TraceRow& row, const TraceId& trace_id, bool is_new, const ::console::TraceSummary& summary) {
    summary_bytes_.clear();
    summary.AppendToString(&summary_bytes_);
    constexpr const char* kInsert =
        "INSERT INTO trace (start_us, duration_ns, pieces, spans, summary, id, trace_id, moved)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)";
    constexpr const char* kUpdate =
        "UPDATE trace SET start_us = ?1, duration_ns = ?2, pieces = ?3, spans = ?4, summary = ?5, moved = 0 WHERE id = ?6";
    const auto run = [&](const char* sql, const auto&... more) {
        database_.run(sql, summary.start_us(), summary.duration_ns(), std::string_view{row.pieces}, row.spans,
                      std::string_view{summary_bytes_}, row.id, more...);
    };
    if (is_new) {
        run(kInsert, id_bytes(trace_id));
    } else {
        run(kUpdate);
    }
    time_blocks_.set(row.id, {summary.start_us(), summary.duration_ns()});
}

void FileWriter::add_piece(std::string_view piece, TraceRow& row) {
    if (!pack_.empty() && pack_.size() + piece.size() > kPackBytes) write_pack();
    append_piece(row.pieces, {next_pack_, pack_.size(), piece.size()});
    pack_ += piece;
}

void FileWriter::write_pack() {
    if (pack_.empty()) return;
    database_.run("INSERT INTO pack (id, bytes) VALUES (?1, ?2)", next_pack_++, std::string_view{pack_});
    pack_.clear();
}

std::string_view FileWriter::make_piece(const Batch& batch, const TraceGroup& group) {
    auto& [piece, run] = buffers_;
    piece.clear();
    const auto end = group.begin + group.count;
    for (auto i = group.begin; i < end;) {
        const auto& source = read_source_of(batch.spans[i]);
        run.clear();
        for (; i < end && batch.spans[i].source == &source; ++i) run += batch.span_bytes[i];
        append_run(piece, row_in_batch(source), run);
    }
    return piece;
}

void FileWriter::store_keys(std::span<const SpanRecord> spans, std::int64_t trace) {
    Texts texts;
    auto& keys = keys_;
    keys.clear();
    for (const auto& span : spans) {
        for (const auto& attribute : span.attributes) {
            if (is_ref(attribute)) keys.push_back(key_of(attribute.key, attribute_text(attribute, texts)));
        }
    }
    std::ranges::sort(keys);
    const auto repeated = std::ranges::unique(keys);
    keys.erase(repeated.begin(), repeated.end());
    for (const auto key : keys) key_blocks_.add(KeyOf::trace, key, trace);
}

void FileWriter::store_log(const Batch& batch, std::size_t index, Arrived* arrived) {
    const auto& log = batch.logs[index];
    const auto source = row_in_batch(read_source_of(log));
    const auto time_us = log.time_ns / 1000;
    const auto id = next_log_++;
    constexpr const char* kInsert = "INSERT INTO log (id, time_us, source, trace_id, bytes) VALUES (?1, ?2, ?3, ?4, ?5)";
    if (log.trace_id == TraceId{}) {
        database_.run(kInsert, id, time_us, source, nullptr, batch.log_bytes[index]);
    } else {
        database_.run(kInsert, id, time_us, source, id_bytes(log.trace_id), batch.log_bytes[index]);
        key_blocks_.add(KeyOf::log, key_of(log.trace_id), id);
    }
    log_blocks_.add(id, log);
    contents_.logs += 1;
    contents_.include(time_us, time_us);
    if (arrived != nullptr) arrived->logs.push_back(view_of(log, record_id({file_->number(), id})));
}

std::int64_t FileWriter::row_in_batch(const ReadSource& source) {
    auto& row = batch_sources_[source.number];
    if (row == 0) row = source_row(source);
    return row;
}

std::int64_t FileWriter::source_row(const ReadSource& source) {
    const auto [at, is_new] = sources_.try_emplace(source_key(source), static_cast<std::int64_t>(sources_.size()) + 1);
    if (is_new) {
        database_.run("INSERT INTO source (id, resource, scope) VALUES (?1, ?2, ?3)", at->second, source.resource_bytes,
                      source.scope_bytes);
    }
    return at->second;
}

void FileWriter::write_contents() {
    database_.run(
        "UPDATE contents SET first_us = ?1, last_us = ?2, traces = ?3, spans = ?4, logs = ?5,"
        " stored_us = ?6 WHERE id = 1",
        contents_.first_us, contents_.last_us, contents_.traces, contents_.spans, contents_.logs, contents_.stored_us);
}

}  // namespace tw::console
