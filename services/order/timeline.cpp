#include "services/order/timeline.hpp"

#include "kit/http/json_mapping.hpp"
#include "kit/outbox/inbox.hpp"
#include "kit/sql/text.hpp"

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include <google/protobuf/arena.h>

namespace tw::order {
namespace {

constexpr sql::Text kEntryColumns{"order_id, version, type, at, actor, status, payment_status, payment_id, reason, trace_id"};

constexpr sql::Statement kInsertEntry{.summary = "INSERT order_timeline", .text = sql::insert<"order_timeline", kEntryColumns>};

constexpr sql::Statement kInsertManyEntries{.summary = "INSERT order_timeline",
                                            .text = sql::insert_many<"order_timeline", kEntryColumns>};

// An order has few entries. The bound is for an order that somebody tries to pay again and again.
constexpr sql::Statement kListEntries{
    .summary = "SELECT order_timeline",
    .text = sql::text<"SELECT ", kEntryColumns, " FROM order_timeline WHERE order_id = $1 ORDER BY version LIMIT 5000">};

::order::TimelineEntry read_entry(const sql::Row& row) {
    const auto text = [&row](std::size_t column) { return row.get<std::string>(column); };
    ::order::TimelineEntry entry;
    entry.set_order_id(text(kEntryColumns.at("order_id")));
    entry.set_version(row.get<std::int64_t>(kEntryColumns.at("version")));
    entry.set_type(text(kEntryColumns.at("type")));
    entry.set_at(row.get<Timestamp>(kEntryColumns.at("at")).to_string());
    entry.set_actor(text(kEntryColumns.at("actor")));
    entry.set_status(text(kEntryColumns.at("status")));
    entry.set_payment_status(text(kEntryColumns.at("payment_status")));
    entry.set_payment_id(text(kEntryColumns.at("payment_id")));
    entry.set_reason(text(kEntryColumns.at("reason")));
    entry.set_trace_id(text(kEntryColumns.at("trace_id")));
    return entry;
}

/// Has room for an entry of the timeline as a message, without its longer texts.
constexpr std::size_t kEntryBytes = 2048;

/// Reads the entry of an event, as a row.
Result<std::vector<sql::Value>> row_of(const events::Event& event) {
    // The message lives on the stack. Only its longer texts are allocated, and the row takes them.
    alignas(std::max_align_t) std::array<char, kEntryBytes> memory;
    google::protobuf::ArenaOptions options;
    options.initial_block = memory.data();
    options.initial_block_size = memory.size();
    google::protobuf::Arena arena{options};
    auto& entry = *google::protobuf::Arena::CreateMessage<::order::TimelineEntry>(&arena);
    std::vector<Violation> violations;
    auto parsed = http::parse_json(event.payload, entry, violations);
    if (!parsed) return std::move(parsed).error();
    if (!violations.empty()) return invalid(std::move(violations));
    const auto at = Timestamp::parse(entry.at());
    if (!at) return invalid("/at", "must be a time (RFC 3339)");
    const auto take = [](std::string* text) { return std::move(*text); };
    return sql::to_values(take(entry.mutable_order_id()), entry.version(), take(entry.mutable_type()), *at,
                          take(entry.mutable_actor()), take(entry.mutable_status()), take(entry.mutable_payment_status()),
                          take(entry.mutable_payment_id()), take(entry.mutable_reason()), take(entry.mutable_trace_id()));
}

bool is_there(const Error& error) { return outbox::was_applied(error) || sql::violates(error, "order_timeline_pkey"); }

}  // namespace

Task<Result<void>> Timeline::add(const CallContext& ctx, const events::Event& event) {
    auto written = co_await add_all(ctx, std::span{&event, 1});
    if (!written && is_there(written.error())) co_return Result<void>{};
    co_return written;
}

Task<Result<void>> Timeline::add_all(const CallContext& ctx, std::span<const events::Event> events) {
    std::vector<std::vector<sql::Value>> rows;
    rows.reserve(events.size());
    for (const auto& event : events) {
        auto row = row_of(event);
        if (!row) co_return std::move(row).error();
        rows.push_back(*std::move(row));
    }
    sql::Unit unit;
    unit.add_rows(kInsertEntry, kInsertManyEntries, std::move(rows));
    outbox::mark_applied(unit, kTimelineConsumer, events, clock_.now());
    co_return co_await database_.write(ctx, std::move(unit));
}

Task<Result<::order::Timeline>> Timeline::list(const CallContext& ctx, OrderId id) {
    auto rows = co_await database_.query(ctx, kListEntries, id);
    if (!rows) co_return std::move(rows).error();
    ::order::Timeline timeline;
    for (const auto& row : *rows) {
        auto entry = reader_.read(ctx, row, read_entry);
        if (entry) *timeline.add_entries() = *std::move(entry);
    }
    co_return timeline;
}

}  // namespace tw::order
