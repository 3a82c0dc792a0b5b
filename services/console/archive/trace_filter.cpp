#include "services/console/archive/trace_filter.hpp"

#include "kit/base/encoding.hpp"
#include "services/console/archive/key_blocks.hpp"
#include "services/console/archive/stored.hpp"

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

namespace tw::console {
namespace {

/// Whether the key is that of an attribute of a span, as Query::exact_terms writes keys.
bool is_attribute_key(std::string_view key) {
    static constexpr std::string_view kFields[] = {"service", "name", "event", "trace_id", "span_id", "trace.service"};
    return !key.starts_with("resource.") && std::ranges::find(kFields, key) == std::end(kFields);
}

bool is_trace_id(const Query::Exact& term) {
    TraceId id{};
    return term.key == "trace_id" && read_hex(term.value, id);
}

/// Whether the rows that may match are in the blocks of keys.
bool is_indexed(const Query::Exact& term) { return is_trace_id(term) || (is_attribute_key(term.key) && is_ref_key(term.key)); }

/// Whether an attribute can have this value only as a text, and so in the bytes as it is. Numbers
/// and truth values are stored as numbers, lists as messages, and bytes are shown as base64.
bool is_stored_as_text(std::string_view value) {
    double number = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
    if (read.ec == std::errc{} && read.ptr == value.data() + value.size()) return false;
    if (value.starts_with('[') || value.starts_with('{')) return false;
    return value.find_first_of("-:_ .@") != std::string_view::npos;
}

/// Adds a text that the bytes must have. Where a character stands for bytes that were no UTF-8, the
/// bytes do not have it.
void need(std::vector<std::string_view>& needed, std::string_view text) {
    if (text.find("\xef\xbf\xbd") == std::string_view::npos) needed.push_back(text);
}

bool has_all(std::string_view bytes, std::span<const std::string_view> texts) {
    return std::ranges::all_of(texts, [bytes](std::string_view text) { return bytes.find(text) != std::string_view::npos; });
}

}  // namespace

Result<TraceFilter> TraceFilter::make(std::string_view query, std::int64_t from_us, std::int64_t to_us) {
    auto parsed = Query::parse(query);
    if (!parsed) return std::move(parsed).error();
    TraceFilter filter;
    filter.query_ = std::move(*parsed);
    filter.from_us_ = from_us;
    filter.to_us_ = to_us;
    for (const auto& term : filter.query_.exact_terms()) {
        if (is_attribute_key(term.key)) {
            need(filter.needed_, term.key);
            if (is_stored_as_text(term.value)) need(filter.needed_, term.value);
        } else if (term.key == "name") {
            need(filter.needed_, term.value);
        } else if (term.key == "service" || term.key == "trace.service") {
            need(filter.needed_in_summary_, term.value);
        }
    }
    return filter;
}

bool TraceFilter::matches(StoredReader& stored, const TraceSeen& trace, Batch& batch) const {
    if (!has_all(trace.summary, needed_in_summary_)) return false;
    std::string pieces;
    stored.read_pieces(trace.pieces, pieces);
    if (!has_all(pieces, needed_)) return false;
    stored.read_runs(batch.texts.keep(std::move(pieces)), batch);
    return !batch.spans.empty() && query_.matches(batch.spans);
}

bool TraceFilter::names_id() const { return std::ranges::any_of(query_.exact_terms(), is_indexed); }

std::optional<std::vector<std::int64_t>> TraceFilter::indexed_rows(Database& database) const {
    const auto terms = query_.exact_terms();
    const auto term = std::ranges::find_if(terms, is_indexed);
    if (term == terms.end()) return std::nullopt;
    TraceId id{};
    const bool by_trace = is_trace_id(*term) && read_hex(term->value, id);
    return rows_with_key(database, by_trace ? key_of(id) : key_of(term->key, term->value)).traces;
}

void each_trace(ReaderLease& lease, const TraceFilter& filter, std::int64_t before,
                const std::function<bool(const TraceSeen&)>& use) {
    const auto use_row = [&](const Rows& row) {
        return use({row.integer(0), row.integer(1), row.integer(2), row.blob(3), row.blob(4)});
    };
    if (const auto found = filter.indexed_rows(lease.database())) {
        for (const auto id : *found) {
            if (id >= before) continue;
            auto row = lease.database().query(
                "SELECT id, start_us, duration_ns, pieces, summary FROM trace WHERE id = ?1 AND moved = 0", id);
            if (row.next() && !use_row(row)) return;
        }
        return;
    }
    auto rows = lease.database().query(
        "SELECT id, start_us, duration_ns, pieces, summary FROM trace WHERE id < ?1 AND moved = 0 ORDER BY id DESC", before);
    while (rows.next() && use_row(rows)) {
    }
}

}  // namespace tw::console
