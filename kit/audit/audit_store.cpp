#include "kit/audit/audit_store.hpp"

#include "kit/sql/reasons.hpp"
#include "kit/sql/text.hpp"

#include <utility>

namespace tw::audit {
namespace {

constexpr sql::Text kRecordColumns{
    "id, module, recorded_at, actor_kind, actor_issuer, actor_id, actor_roles, service, method, objects, address, trace_id, "
    "outcome, reason"};
constexpr sql::Text kSealedColumns{
    "id, module, recorded_at, actor_kind, actor_issuer, actor_id, actor_roles, service, method, objects, address, trace_id, "
    "outcome, reason, position, hash"};

constexpr sql::Statement kInsertRecord{.summary = "INSERT audit_records", .text = sql::insert<"audit_records", kRecordColumns>};

constexpr sql::Statement kInsertManyRecords{.summary = "INSERT audit_records",
                                            .text = sql::insert_many<"audit_records", kRecordColumns>};

constexpr sql::Statement kFindUnsealed{
    .summary = "SELECT audit_records unsealed",
    .text = sql::text<"SELECT ", kRecordColumns,
                      " FROM audit_records WHERE module = $1 AND position IS NULL ORDER BY recorded_at, id LIMIT $2">};

constexpr sql::Statement kCountUnsealed{
    .summary = "SELECT audit_records count",
    .text = "SELECT count(*) FROM audit_records WHERE module = $1 AND position IS NULL LIMIT 1"};

constexpr sql::Statement kFindSealed{
    .summary = "SELECT audit_records sealed",
    .text = sql::text<"SELECT ", kSealedColumns,
                      " FROM audit_records WHERE module = $1 AND position > $2 ORDER BY position LIMIT $3">};

constexpr sql::Statement kSealRecord{
    .summary = "UPDATE audit_records",
    .text = "UPDATE audit_records SET position = $3, hash = $4 WHERE module = $1 AND id = $2 AND position IS NULL"};

constexpr sql::Statement kRemoveRecord{.summary = "DELETE audit_records",
                                       .text = "DELETE FROM audit_records WHERE module = $1 AND id = $2 AND position = $3"};

constexpr sql::Statement kFindChain{
    .summary = "SELECT audit_chains",
    .text = "SELECT module, position, hash, removed_position, removed_hash FROM audit_chains WHERE module = $1"};

constexpr sql::Statement kInsertChain{
    .summary = "INSERT audit_chains",
    .text = sql::insert<"audit_chains", "module, position, hash, removed_position, removed_hash">,
    .row_of = "audit_chains"};

constexpr sql::Statement kMoveHead{.summary = "UPDATE audit_chains",
                                   .text = "UPDATE audit_chains SET position = $3, hash = $4 WHERE module = $1 AND position = $2",
                                   .row_of = "audit_chains"};

constexpr sql::Statement kMoveFront{
    .summary = "UPDATE audit_chains removed",
    .text = "UPDATE audit_chains SET removed_position = $3, removed_hash = $4 WHERE module = $1 AND removed_position = $2",
    .row_of = "audit_chains"};

Record read_record(const sql::Row& row) {
    const auto text = [&row](std::size_t column) { return row.get<std::string>(column); };
    return {.id = text(kRecordColumns.at("id")),
            .at = row.get<Timestamp>(kRecordColumns.at("recorded_at")),
            .module = text(kRecordColumns.at("module")),
            .actor_kind = text(kRecordColumns.at("actor_kind")),
            .actor_issuer = text(kRecordColumns.at("actor_issuer")),
            .actor_id = text(kRecordColumns.at("actor_id")),
            .actor_roles = text(kRecordColumns.at("actor_roles")),
            .service = text(kRecordColumns.at("service")),
            .method = text(kRecordColumns.at("method")),
            .objects = text(kRecordColumns.at("objects")),
            .address = text(kRecordColumns.at("address")),
            .trace_id = text(kRecordColumns.at("trace_id")),
            .outcome = row.parsed(kRecordColumns.at("outcome"), parse_outcome),
            .reason = text(kRecordColumns.at("reason"))};
}

SealedRecord read_sealed(const sql::Row& row) {
    return {.record = read_record(row),
            .seal = {.position = row.get<std::int64_t>(kSealedColumns.at("position")),
                     .hash = row.get<std::string>(kSealedColumns.at("hash"))}};
}

Chain read_chain(const sql::Row& row) {
    return {.head = {.position = row.get<std::int64_t>(1), .hash = row.get<std::string>(2)},
            .removed = {.position = row.get<std::int64_t>(3), .hash = row.get<std::string>(4)}};
}

std::vector<sql::Value> values_of(Record record) {
    return sql::to_values(std::move(record.id), std::move(record.module), record.at, std::move(record.actor_kind),
                          std::move(record.actor_issuer), std::move(record.actor_id), std::move(record.actor_roles),
                          std::move(record.service), std::move(record.method), std::move(record.objects),
                          std::move(record.address), std::move(record.trace_id), outcome_name(record.outcome),
                          std::move(record.reason));
}

}  // namespace

void AuditStore::insert(sql::Unit& unit, Record record) { unit.add_values(kInsertRecord, values_of(std::move(record))); }

void AuditStore::insert(sql::Unit& unit, const std::vector<Record>& records) {
    std::vector<std::vector<sql::Value>> rows;
    rows.reserve(records.size());
    for (const auto& record : records) rows.push_back(values_of(record));
    unit.add_rows(kInsertRecord, kInsertManyRecords, std::move(rows));
}

Task<Result<void>> AuditStore::insert(const CallContext& ctx, sql::Transaction& transaction, const Record& record) {
    auto inserting =
        transaction.execute(ctx, kInsertRecord, record.id, record.module, record.at, record.actor_kind, record.actor_issuer,
                            record.actor_id, record.actor_roles, record.service, record.method, record.objects, record.address,
                            record.trace_id, outcome_name(record.outcome), record.reason);
    auto inserted = co_await std::move(inserting);
    if (!inserted) co_return std::move(inserted).error();
    co_return Result<void>{};
}

Task<Result<std::vector<Record>>> AuditStore::unsealed(const CallContext& ctx, std::string module, std::int64_t records_max) {
    auto rows = co_await database_.query(ctx, kFindUnsealed, std::move(module), records_max);
    if (!rows) co_return std::move(rows).error();
    std::vector<Record> found;
    for (const auto& row : *rows) {
        auto record = reader_.read(ctx, row, read_record);
        if (!record) co_return std::move(record).error();
        found.push_back(*std::move(record));
    }
    co_return found;
}

Task<Result<std::int64_t>> AuditStore::count_unsealed(const CallContext& ctx, std::string module) {
    auto row = co_await database_.query_row(ctx, kCountUnsealed, std::move(module));
    if (!row) co_return std::move(row).error();
    if (!*row) co_return 0;
    co_return (**row).get<std::int64_t>(0);
}

Task<Result<std::optional<Chain>>> AuditStore::chain(const CallContext& ctx, std::string module) {
    auto row = co_await database_.query_row(ctx, kFindChain, std::move(module));
    if (!row) co_return std::move(row).error();
    if (!row->has_value()) co_return std::optional<Chain>{};
    auto chain = chains_.read(ctx, **row, read_chain);
    if (!chain) co_return std::move(chain).error();
    co_return std::optional<Chain>{*std::move(chain)};
}

Task<Result<std::vector<SealedRecord>>> AuditStore::sealed(const CallContext& ctx, std::string module, std::int64_t position,
                                                           std::int64_t records_max) {
    auto rows = co_await database_.query(ctx, kFindSealed, std::move(module), position, records_max);
    if (!rows) co_return std::move(rows).error();
    std::vector<SealedRecord> found;
    for (const auto& row : *rows) {
        auto record = reader_.read(ctx, row, read_sealed);
        if (!record) co_return std::move(record).error();
        found.push_back(*std::move(record));
    }
    co_return found;
}

Task<Result<bool>> AuditStore::seal(const CallContext& ctx, std::string module, const std::optional<Chain>& known,
                                    std::span<const Record> records) {
    sql::Unit unit;
    const auto before = known ? known->head : origin();
    auto last = before;
    // The row of the chain comes first: of two sealers, one waits there or fails there.
    std::vector<Seal> seals;
    for (const auto& record : records) seals.push_back(last = seal_after(last, record));
    if (known) {
        unit.add_one_row(kMoveHead, module, before.position, last.position, last.hash);
    } else {
        unit.add(kInsertChain, module, last.position, last.hash, before.position, before.hash);
    }
    for (std::size_t i = 0; i < records.size(); ++i) {
        unit.add_one_row(kSealRecord, module, records[i].id, seals[i].position, seals[i].hash);
    }
    return change(ctx, std::move(unit));
}

Task<Result<bool>> AuditStore::remove(const CallContext& ctx, std::string module, const Chain& known,
                                      std::span<const SealedRecord> removed, const Record& note) {
    sql::Unit unit;
    const auto& last = removed.back().seal;
    unit.add_one_row(kMoveFront, module, known.removed.position, last.position, last.hash);
    for (const auto& one : removed) unit.add_one_row(kRemoveRecord, module, one.record.id, one.seal.position);
    insert(unit, note);
    return change(ctx, std::move(unit));
}

Task<Result<bool>> AuditStore::change(const CallContext& ctx, sql::Unit unit) {
    auto written = co_await database_.write(ctx, std::move(unit));
    if (written) co_return true;
    const bool other_was_faster =
        written.error().reason() == reason::kRowsUnexpected || sql::violates(written.error(), "audit_chains_pkey");
    if (other_was_faster) co_return false;
    co_return std::move(written).error();
}

}  // namespace tw::audit
