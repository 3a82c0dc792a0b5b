#include "kit/idempotency/key_store.hpp"

#include "kit/base/encoding.hpp"
#include "kit/sql/text.hpp"

#include <utility>

namespace tw::idempotency {
namespace {

constexpr sql::Statement kInsertKey{.summary = "INSERT idempotency_keys",
                                    .text = sql::insert<"idempotency_keys", "id, fingerprint, answer, created_at, changed_rows">,
                                    .row_of = "idempotency_keys"};

constexpr sql::Statement kFindKey{.summary = "SELECT idempotency_keys",
                                  .text = "SELECT id, fingerprint, answer, changed_rows FROM idempotency_keys WHERE id = $1"};

constexpr sql::Statement kFindOld{.summary = "SELECT idempotency_keys old",
                                  .text = "SELECT id FROM idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2"};

constexpr sql::Statement kRemoveKey{
    .summary = "DELETE idempotency_keys", .text = "DELETE FROM idempotency_keys WHERE id = $1", .row_of = "idempotency_keys"};

KeyRecord read_key(const sql::Row& row) {
    const auto answer = base64_decode(row.get<std::string>(2));
    if (!answer) throw sql::UnreadableValue{"an answer that is no base64"};
    auto changed_rows = parse_changed_rows(row.get<std::string>(3));
    if (!changed_rows) throw sql::UnreadableValue{"changed rows that cannot be read"};
    return {.fingerprint = row.get<std::string>(1), .answer = *answer, .changed_rows = *std::move(changed_rows)};
}

}  // namespace

Task<Result<void>> KeyStore::record(const CallContext& ctx, const KeyedCall& call, Timestamp now) {
    sql::Unit unit;
    insert(unit, call, now);
    return database_.write(ctx, std::move(unit));
}

Task<Result<std::optional<KeyRecord>>> KeyStore::find(const CallContext& ctx, const std::string& id) {
    auto row = co_await database_.query_row(ctx, kFindKey, id);
    if (!row) co_return std::move(row).error();
    if (!row->has_value()) co_return std::optional<KeyRecord>{};
    auto record = reader_.read(ctx, **row, read_key);
    if (!record) co_return std::move(record).error();
    co_return std::optional<KeyRecord>{*std::move(record)};
}

Task<Result<std::int64_t>> KeyStore::remove_old(const CallContext& ctx, Timestamp before, std::int64_t keys_max) {
    auto rows = co_await database_.query(ctx, kFindOld, before, keys_max);
    if (!rows) co_return std::move(rows).error();
    sql::Unit unit;
    std::int64_t removed = 0;
    for (const auto& row : *rows) {
        auto id = reader_.read(ctx, row, [](const sql::Row& found) { return found.get<std::string>(0); });
        if (!id) continue;
        unit.add(kRemoveKey, *std::move(id));
        ++removed;
    }
    if (removed == 0) co_return removed;
    auto written = co_await database_.write(ctx, std::move(unit));
    if (!written) co_return std::move(written).error();
    co_return removed;
}

void KeyStore::insert(sql::Unit& unit, const KeyedCall& call, Timestamp now) {
    unit.add(kInsertKey, call.id(), call.fingerprint(), base64_encode(*call.answer()), now,
             changed_rows_text(call.changed_rows()));
}

Task<Result<void>> KeyStore::insert(const CallContext& ctx, sql::Transaction& transaction, const KeyedCall& call, Timestamp now) {
    auto inserting = transaction.execute(ctx, kInsertKey, call.id(), call.fingerprint(), base64_encode(*call.answer()), now,
                                         changed_rows_text(call.changed_rows()));
    auto inserted = co_await std::move(inserting);
    if (!inserted) co_return std::move(inserted).error();
    co_return Result<void>{};
}

}  // namespace tw::idempotency
