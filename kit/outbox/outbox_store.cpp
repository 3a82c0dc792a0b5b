#include "kit/outbox/outbox_store.hpp"

#include "kit/outbox/inbox.hpp"
#include "kit/outbox/outbox.hpp"
#include "kit/sql/reasons.hpp"
#include "kit/sql/text.hpp"
#include "kit/telemetry/propagation.hpp"

#include <algorithm>
#include <utility>

namespace tw::outbox {
namespace {

constexpr sql::Text kEventColumns{"id, module, partition, stream, type, aggregate_id, payload, traceparent, created_at"};
constexpr sql::Text kDeadColumns{"event_id, consumer, module, stream, type, aggregate_id, payload, traceparent, error, died_at"};

constexpr sql::Statement kInsertEvent{.summary = "INSERT outbox", .text = sql::insert<"outbox", kEventColumns>};

constexpr sql::Statement kOldestEvents{
    .summary = "SELECT outbox",
    .text = sql::text<"SELECT ", kEventColumns,
                      " FROM outbox WHERE module = $1 AND partition = $2 ORDER BY created_at, id LIMIT $3">};

constexpr sql::Statement kWaitingEvents{
    .summary = "SELECT outbox waiting",
    .text = sql::text<"SELECT ", kEventColumns, " FROM outbox WHERE module = $1 ORDER BY partition, created_at, id LIMIT $2">};

constexpr sql::Statement kRemoveEvent{.summary = "DELETE outbox", .text = "DELETE FROM outbox WHERE id = $1"};

constexpr sql::Statement kOldestTime{
    .summary = "SELECT outbox oldest",
    .text = "SELECT partition, created_at FROM outbox WHERE module = $1 ORDER BY created_at LIMIT 1"};

constexpr sql::Statement kFindLeases{
    .summary = "SELECT outbox_leases",
    .text = "SELECT partition, owner, fence, until FROM outbox_leases WHERE module = $1 LIMIT 16"};

constexpr sql::Statement kInsertLease{
    .summary = "INSERT outbox_leases",
    .text = "INSERT INTO outbox_leases (module, partition, owner, fence, until) VALUES ($1, $2, $3, 1, $4)",
    .row_of = "outbox_leases"};

constexpr sql::Statement kTakeLease{
    .summary = "UPDATE outbox_leases",
    .text = "UPDATE outbox_leases SET owner = $4, until = $5, fence = $6 WHERE module = $1 AND partition = $2 AND fence = $3",
    .row_of = "outbox_leases"};

// No two relays have the same name, so these are the leases that nobody else has taken.
constexpr sql::Statement kRenewLeases{.summary = "UPDATE outbox_leases renew",
                                      .text = "UPDATE outbox_leases SET until = $3 WHERE module = $1 AND owner = $2"};

// The row is written, although nothing of it changes, so that nobody can take the partition until
// the transaction has ended.
constexpr sql::Statement kHoldLease{
    .summary = "UPDATE outbox_leases hold",
    .text = "UPDATE outbox_leases SET fence = $3 WHERE module = $1 AND partition = $2 AND fence = $3",
    .row_of = "outbox_leases"};

constexpr sql::Text kAppliedColumns{"event_id, consumer, applied_at"};

constexpr sql::Statement kInsertApplied{.summary = "INSERT inbox", .text = sql::insert<"inbox", kAppliedColumns>};

constexpr sql::Statement kInsertManyApplied{.summary = "INSERT inbox", .text = sql::insert_many<"inbox", kAppliedColumns>};

constexpr sql::Statement kFindApplied{
    .summary = "SELECT inbox old",
    .text = "SELECT event_id, consumer FROM inbox WHERE applied_at < $1 ORDER BY applied_at LIMIT $2"};

constexpr sql::Statement kForgetApplied{.summary = "DELETE inbox",
                                        .text = "DELETE FROM inbox WHERE event_id = $1 AND consumer = $2"};

constexpr sql::Statement kInsertDead{.summary = "INSERT dead_events", .text = sql::insert<"dead_events", kDeadColumns>};

constexpr sql::Statement kListDead{
    .summary = "SELECT dead_events",
    .text = sql::text<"SELECT ", kDeadColumns,
                      " FROM dead_events WHERE died_at >= $2 AND (died_at > $2 OR event_id > $3 OR "
                      "(event_id = $3 AND consumer > $4)) "
                      "ORDER BY died_at, event_id, consumer LIMIT $1">};

constexpr sql::Statement kFindDead{
    .summary = "SELECT dead_events by id",
    .text = sql::text<"SELECT ", kDeadColumns, " FROM dead_events WHERE event_id = $1 AND consumer = $2">};

constexpr sql::Statement kRemoveDead{.summary = "DELETE dead_events",
                                     .text = "DELETE FROM dead_events WHERE event_id = $1 AND consumer = $2"};

constexpr sql::Statement kCountDead{.summary = "SELECT dead_events count",
                                    .text = "SELECT count(*) FROM dead_events WHERE module = $1 LIMIT 1"};

StoredEvent read_event(sql::Row& row) {
    return {.stream = row.take<std::string>(kEventColumns.at("stream")),
            .event = {.id = row.get<std::string>(kEventColumns.at("id")),
                      .type = row.take<std::string>(kEventColumns.at("type")),
                      .aggregate_id = row.take<std::string>(kEventColumns.at("aggregate_id")),
                      .payload = row.take<std::string>(kEventColumns.at("payload")),
                      .traceparent = row.take<std::string>(kEventColumns.at("traceparent"))},
            .created_at = row.get<Timestamp>(kEventColumns.at("created_at"))};
}

DeadEvent read_dead(const sql::Row& row) {
    return {.consumer = row.get<std::string>(kDeadColumns.at("consumer")),
            .module = row.get<std::string>(kDeadColumns.at("module")),
            .stream = row.get<std::string>(kDeadColumns.at("stream")),
            .event = {.id = row.get<std::string>(kDeadColumns.at("event_id")),
                      .type = row.get<std::string>(kDeadColumns.at("type")),
                      .aggregate_id = row.get<std::string>(kDeadColumns.at("aggregate_id")),
                      .payload = row.get<std::string>(kDeadColumns.at("payload")),
                      .traceparent = row.get<std::string>(kDeadColumns.at("traceparent"))},
            .error = row.get<std::string>(kDeadColumns.at("error")),
            .died_at = row.get<Timestamp>(kDeadColumns.at("died_at"))};
}

void insert_event(sql::Unit& unit, std::string_view module, std::string_view stream, events::Event event, Timestamp at) {
    const auto partition = partition_of(event.aggregate_id);
    unit.add(kInsertEvent, std::move(event.id), module, partition, stream, std::move(event.type), std::move(event.aggregate_id),
             std::move(event.payload), std::move(event.traceparent), at);
}

}  // namespace

std::int64_t partition_of(std::string_view aggregate_id) {
    // FNV-1a: the same on all machines and in all versions, since rows keep it.
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char byte : aggregate_id) hash = (hash ^ static_cast<std::uint8_t>(byte)) * 0x100000001b3;
    return static_cast<std::int64_t>(hash % kPartitions);
}

void add(sql::Unit& unit, const CallContext& ctx, Random& random, NewEvent event) {
    auto trace = ctx.trace().valid() ? telemetry::format_traceparent(ctx.trace()) : std::string{};
    insert_event(unit, event.stream, event.stream,
                 {.id = random.uuid_v7(event.at).to_string(),
                  .type = std::string{event.type},
                  .aggregate_id = std::move(event.aggregate_id),
                  .payload = std::move(event.payload),
                  .traceparent = std::move(trace)},
                 event.at);
}

bool has_events(const sql::Unit& unit) {
    return std::ranges::find(unit.steps(), &kInsertEvent, &sql::Unit::Step::statement) != unit.steps().end();
}

bool has_events_of_others(const sql::Unit& unit, std::string_view module) {
    const sql::Value own{std::string{module}};
    return std::ranges::any_of(unit.steps(), [&own](const sql::Unit::Step& step) {
        return step.statement == &kInsertEvent && step.parameters.at(kEventColumns.at("module")) != own;
    });
}

void mark_applied(sql::Unit& unit, std::string_view consumer, std::string event_id, Timestamp now) {
    unit.add(kInsertApplied, std::move(event_id), consumer, now);
}

void mark_applied(sql::Unit& unit, std::string_view consumer, std::span<const events::Event> events, Timestamp now) {
    std::vector<std::vector<sql::Value>> rows;
    rows.reserve(events.size());
    for (const auto& event : events) rows.push_back(sql::to_values(event.id, consumer, now));
    unit.add_rows(kInsertApplied, kInsertManyApplied, std::move(rows));
}

bool was_applied(const Error& error) { return sql::violates(error, "inbox_pkey"); }

Task<Result<std::vector<StoredEvent>>> OutboxStore::waiting(const CallContext& ctx, std::string module, std::int64_t events_max) {
    auto rows = co_await database_.query(ctx, kWaitingEvents, std::move(module), events_max);
    if (!rows) co_return std::move(rows).error();
    std::vector<StoredEvent> found;
    found.reserve(rows->size());
    for (auto& row : *rows) {
        auto event = reader_.read(ctx, row, read_event);
        if (!event) co_return std::move(event).error();
        found.push_back(*std::move(event));
    }
    co_return found;
}

Task<Result<std::vector<StoredEvent>>> OutboxStore::oldest(const CallContext& ctx, std::string module, std::int64_t partition,
                                                           std::int64_t events_max) {
    auto rows = co_await database_.query(ctx, kOldestEvents, std::move(module), partition, events_max);
    if (!rows) co_return std::move(rows).error();
    std::vector<StoredEvent> found;
    found.reserve(rows->size());
    for (auto& row : *rows) {
        auto event = reader_.read(ctx, row, read_event);
        // The events after one that cannot be read wait, since some may be of the same aggregate.
        if (!event && found.empty()) co_return std::move(event).error();
        if (!event) break;
        found.push_back(*std::move(event));
    }
    co_return found;
}

Task<Result<void>> OutboxStore::remove(const CallContext& ctx, const std::vector<PublishedEvents>& published) {
    sql::Unit unit;
    for (const auto& [lease, ids] : published) unit.add_one_row(kHoldLease, lease.module, lease.partition, lease.fence);
    for (const auto& [lease, ids] : published) {
        for (const auto& id : ids) unit.add(kRemoveEvent, id);
    }
    return database_.write(ctx, std::move(unit));
}

Task<Result<std::optional<Timestamp>>> OutboxStore::oldest_time(const CallContext& ctx, std::string module) {
    auto row = co_await database_.query_row(ctx, kOldestTime, std::move(module));
    if (!row) co_return std::move(row).error();
    if (!row->has_value()) co_return std::optional<Timestamp>{};
    auto time = reader_.read(ctx, **row, [](const sql::Row& found) { return found.get<Timestamp>(1); });
    if (!time) co_return std::move(time).error();
    co_return std::optional{*time};
}

Task<Result<std::vector<PartitionLease>>> OutboxStore::leases(const CallContext& ctx, std::string module) {
    auto rows = co_await database_.query(ctx, kFindLeases, module);
    if (!rows) co_return std::move(rows).error();
    std::vector<PartitionLease> found;
    for (const auto& row : *rows) {
        auto lease = reader_.read(ctx, row, [&module](const sql::Row& read) {
            return PartitionLease{.module = module,
                                  .partition = read.get<std::int64_t>(0),
                                  .owner = read.get<std::string>(1),
                                  .fence = read.get<std::int64_t>(2),
                                  .until = read.get<Timestamp>(3)};
        });
        if (lease) found.push_back(*std::move(lease));
    }
    co_return found;
}

Task<Result<void>> OutboxStore::renew(const CallContext& ctx, std::string module, std::string owner, std::int64_t leases,
                                      Timestamp until) {
    sql::Unit unit;
    unit.add_counted(leases, kRenewLeases, module, owner, until);
    return database_.write(ctx, std::move(unit));
}

Task<Result<std::optional<PartitionLease>>> OutboxStore::claim(const CallContext& ctx, std::string module, std::int64_t partition,
                                                               const std::optional<PartitionLease>& known, std::string owner,
                                                               Timestamp until) {
    // A replica that renews its own lease keeps the fence: its writes that are under way stay
    // valid.
    const bool renews = known && known->owner == owner;
    const PartitionLease taken{.module = module,
                               .partition = partition,
                               .owner = owner,
                               .fence = known ? known->fence + (renews ? 0 : 1) : 1,
                               .until = until};
    sql::Unit unit;
    if (known) {
        unit.add_one_row(kTakeLease, module, partition, known->fence, owner, until, taken.fence);
    } else {
        unit.add(kInsertLease, module, partition, owner, until);
    }
    auto written = co_await database_.write(ctx, std::move(unit));
    if (written) co_return std::optional{taken};
    const auto& error = written.error();
    const bool late = error.reason() == reason::kRowsUnexpected || sql::violates(error, "outbox_leases_pkey");
    if (late) co_return std::optional<PartitionLease>{};
    co_return std::move(written).error();
}

Task<Result<void>> OutboxStore::bury(const CallContext& ctx, const DeadEvent& dead) {
    const auto& event = dead.event;
    sql::Unit unit;
    unit.add(kInsertDead, event.id, dead.consumer, dead.module, dead.stream, event.type, event.aggregate_id, event.payload,
             event.traceparent, dead.error, dead.died_at);
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written && sql::violates(written.error(), "dead_events_pkey")) co_return Result<void>{};
    co_return written;
}

Task<Result<std::vector<DeadEvent>>> OutboxStore::dead(const CallContext& ctx, std::int64_t events_max,
                                                       const DeadPosition& after) {
    auto rows = co_await database_.query(ctx, kListDead, events_max, after.died_at, after.event_id, after.consumer);
    if (!rows) co_return std::move(rows).error();
    std::vector<DeadEvent> found;
    for (const auto& row : *rows) {
        if (auto event = reader_.read(ctx, row, read_dead)) found.push_back(*std::move(event));
    }
    co_return found;
}

Task<Result<std::optional<DeadEvent>>> OutboxStore::find_dead(const CallContext& ctx, const std::string& event_id,
                                                              std::string_view consumer) {
    auto row = co_await database_.query_row(ctx, kFindDead, event_id, consumer);
    if (!row) co_return std::move(row).error();
    if (!row->has_value()) co_return std::optional<DeadEvent>{};
    auto event = reader_.read(ctx, **row, read_dead);
    if (!event) co_return std::move(event).error();
    co_return std::optional{*std::move(event)};
}

Task<Result<bool>> OutboxStore::change(const CallContext& ctx, sql::Unit unit) {
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written && written.error().reason() == reason::kRowsUnexpected) co_return false;
    if (!written) co_return std::move(written).error();
    co_return true;
}

Task<Result<bool>> OutboxStore::redrive(const CallContext& ctx, const std::string& event_id, std::string_view consumer,
                                        Timestamp now) {
    const auto dead = co_await find_dead(ctx, event_id, consumer);
    if (!dead) co_return dead.error();
    if (!*dead) co_return false;
    sql::Unit unit;
    unit.add_one_row(kRemoveDead, event_id, consumer);
    insert_event(unit, (**dead).module, (**dead).stream, (**dead).event, now);
    co_return co_await change(ctx, std::move(unit));
}

Task<Result<bool>> OutboxStore::drop(const CallContext& ctx, const std::string& event_id, std::string_view consumer) {
    sql::Unit unit;
    unit.add_one_row(kRemoveDead, event_id, consumer);
    return change(ctx, std::move(unit));
}

Task<Result<std::int64_t>> OutboxStore::count_dead(const CallContext& ctx, std::string module) {
    auto row = co_await database_.query_row(ctx, kCountDead, std::move(module));
    if (!row) co_return std::move(row).error();
    co_return (**row).get<std::int64_t>(0);
}

Task<Result<std::int64_t>> OutboxStore::forget_applied(const CallContext& ctx, Timestamp before, std::int64_t events_max) {
    auto rows = co_await database_.query(ctx, kFindApplied, before, events_max);
    if (!rows) co_return std::move(rows).error();
    sql::Unit unit;
    for (const auto& row : *rows) unit.add(kForgetApplied, row.at(0), row.at(1));
    if (rows->empty()) co_return 0;
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written) co_return std::move(written).error();
    co_return static_cast<std::int64_t>(rows->size());
}

}  // namespace tw::outbox
