#include "kit/durable/flow_store.hpp"

#include "kit/base/enum_names.hpp"
#include "kit/sql/reasons.hpp"
#include "kit/sql/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tw::durable {
namespace {

constexpr auto kStateNames = enum_names<State>({{State::running, "running"},
                                                {State::waiting, "waiting"},
                                                {State::parked, "parked"},
                                                {State::done, "done"},
                                                {State::canceled, "canceled"}});

/// The columns that a FlowRecord is read from.
constexpr sql::Text kFlowColumns{
    "id, kind, version, state, due_at, fence, owner, attempts, signals, input, result, error_code, error_reason, error_detail, "
    "traceparent, created_at, done_at"};

constexpr sql::Text kStepColumns{"flow_id, name, position, answer, error_code, error_reason, error_detail, created_at"};

constexpr sql::Statement kInsertFlow{.summary = "INSERT flows", .text = sql::insert<"flows", kFlowColumns>, .row_of = "flows"};

constexpr sql::Statement kInsertStep{.summary = "INSERT flow_steps", .text = sql::insert<"flow_steps", kStepColumns>};

constexpr sql::Statement kInsertSignal{.summary = "INSERT flow_signals",
                                       .text = sql::insert<"flow_signals", "flow_id, name, payload, created_at">};

constexpr sql::Statement kFindFlow{.summary = "SELECT flows",
                                   .text = sql::text<"SELECT ", kFlowColumns, " FROM flows WHERE id = $1">};

constexpr sql::Statement kFindSteps{
    .summary = "SELECT flow_steps",
    .text = sql::text<"SELECT ", kStepColumns, " FROM flow_steps WHERE flow_id = $1 ORDER BY position">};

constexpr sql::Statement kFindSignal{.summary = "SELECT flow_signals",
                                     .text = "SELECT payload FROM flow_signals WHERE flow_id = $1 AND name = $2"};

constexpr sql::Statement kFindDue{
    .summary = "SELECT flows due",
    .text =
        "SELECT id, kind, fence, version FROM flows WHERE kind IN ($4, $5, $6, $7, $8, $9, $10, $11) AND due_at <= $1 AND "
        "version <= $2 ORDER BY due_at LIMIT $3"};

constexpr sql::Statement kFindLeasedBeyond{
    .summary = "SELECT flows leased beyond",
    .text =
        "SELECT id, kind, fence, version FROM flows WHERE kind IN ($4, $5, $6, $7, $8, $9, $10, $11) AND due_at > $1 AND "
        "version <= $2 AND state = 'running' ORDER BY due_at LIMIT $3"};

constexpr sql::Statement kClaim{
    .summary = "UPDATE flows claim",
    .text =
        "UPDATE flows SET state = 'running', owner = $3, due_at = $4, fence = fence + 1 WHERE id = $1 AND fence = $2 AND "
        "state IN ('running', 'waiting')",
    .row_of = "flows"};

constexpr sql::Statement kRenew{.summary = "UPDATE flows renew",
                                .text = "UPDATE flows SET due_at = $3 WHERE id = $1 AND fence = $2 AND state = 'running'",
                                .row_of = "flows"};

// The row is written, although nothing else of it changes, so that nobody can take the flow until
// the transaction has ended.
constexpr sql::Statement kHold{.summary = "UPDATE flows hold",
                               .text = "UPDATE flows SET attempts = 0 WHERE id = $1 AND fence = $2 AND state = 'running'",
                               .row_of = "flows"};

constexpr sql::Statement kWait{
    .summary = "UPDATE flows wait",
    .text =
        "UPDATE flows SET state = 'waiting', due_at = $4, attempts = $5, error_code = $6, error_reason = $7, error_detail = $8 "
        "WHERE id = $1 AND fence = $2 AND signals = $3 AND state = 'running'",
    .row_of = "flows"};

constexpr sql::Statement kPark{
    .summary = "UPDATE flows park",
    .text =
        "UPDATE flows SET state = 'parked', due_at = NULL, error_code = $3, error_reason = $4, error_detail = $5 WHERE id = $1 "
        "AND fence = $2 AND state = 'running'",
    .row_of = "flows"};

// The input may have what must not be kept for long, such as the token of a payment. No flow that
// has ended is run again.
constexpr sql::Statement kFinish{
    .summary = "UPDATE flows finish",
    .text =
        "UPDATE flows SET state = $8, due_at = NULL, input = '', result = $3, error_code = $4, error_reason = $5, "
        "error_detail = $6, done_at = $7 WHERE id = $1 AND fence = $2 AND state = 'running'",
    .row_of = "flows"};

constexpr sql::Statement kSignalFlow{
    .summary = "UPDATE flows signal",
    .text = "UPDATE flows SET signals = signals + 1, due_at = CASE WHEN state = 'waiting' THEN $2 ELSE due_at END WHERE id = $1",
    .row_of = "flows"};

constexpr sql::Statement kList{
    .summary = "SELECT flows by state",
    .text = sql::text<"SELECT ", kFlowColumns,
                      " FROM flows WHERE state = $1 AND created_at >= $3 AND (created_at > $3 OR id > $4) "
                      "ORDER BY created_at, id LIMIT $2">};

constexpr sql::Statement kListKind{
    .summary = "SELECT flows by kind",
    .text = sql::text<"SELECT ", kFlowColumns,
                      " FROM flows WHERE kind = $5 AND state = $1 AND created_at >= $3 AND (created_at > $3 OR id > $4) "
                      "ORDER BY created_at, id LIMIT $2">};

// The partial index has open flows only, which are few.
constexpr sql::Statement kCountOpen{
    .summary = "SELECT flows count",
    .text =
        "SELECT kind, state, count(*), min(created_at) FROM flows WHERE state IN ('running', 'waiting', 'parked') GROUP BY "
        "kind, state LIMIT 1000"};

constexpr sql::Statement kRetry{
    .summary = "UPDATE flows retry",
    .text =
        "UPDATE flows SET state = 'waiting', due_at = $2, attempts = 0, fence = fence + 1 WHERE id = $1 AND state IN ('waiting', "
        "'parked')",
    .row_of = "flows"};

// The fence stops whoever runs the flow. A replica then takes it to end it.
constexpr sql::Statement kCancel{
    .summary = "UPDATE flows cancel",
    .text =
        "UPDATE flows SET state = 'waiting', due_at = $2, attempts = 0, error_code = 0, error_reason = '', error_detail = '', "
        "fence = fence + 1 WHERE id = $1 AND state IN ('running', 'waiting', 'parked')",
    .row_of = "flows"};

constexpr sql::Statement kEnd{.summary = "UPDATE flows end",
                              .text =
                                  "UPDATE flows SET state = 'canceled', due_at = NULL, input = '', done_at = $2, fence = "
                                  "fence + 1 WHERE id = $1 AND state IN ('running', 'waiting', 'parked')",
                              .row_of = "flows"};

constexpr sql::Statement kFindDone{.summary = "SELECT flows done",
                                   .text = "SELECT id FROM flows WHERE done_at < $1 ORDER BY done_at LIMIT $2"};
constexpr sql::Statement kRemoveSteps{.summary = "DELETE flow_steps", .text = "DELETE FROM flow_steps WHERE flow_id = $1"};
constexpr sql::Statement kRemoveSignals{.summary = "DELETE flow_signals", .text = "DELETE FROM flow_signals WHERE flow_id = $1"};
constexpr sql::Statement kRemoveFlow{
    .summary = "DELETE flows", .text = "DELETE FROM flows WHERE id = $1 AND done_at IS NOT NULL", .row_of = "flows"};

/// The columns of an error. Code 0 means that there is none.
struct ErrorColumns {
    explicit ErrorColumns(const Error* error) {
        if (error == nullptr) return;
        code = static_cast<std::int64_t>(error->code());
        reason = error->reason();
        detail = error->detail();
    }
    std::int64_t code = 0;
    std::string reason;
    std::string detail;
};

const Error* error_of(const Result<std::string>& answer) { return answer ? nullptr : &answer.error(); }

template <sql::Text kColumns>
std::optional<Error> read_error(const sql::Row& row) {
    const auto code = row.get<int>(kColumns.at("error_code"));
    if (code == 0) return std::nullopt;
    return Error{code_from_number(code), row.get<std::string>(kColumns.at("error_reason")),
                 row.get<std::string>(kColumns.at("error_detail"))}
        .with_outcome_open(false)
        .with_retryable(false);
}

FlowRecord read_flow(const sql::Row& row) {
    return {.id = row.get<std::string>(kFlowColumns.at("id")),
            .kind = row.get<std::string>(kFlowColumns.at("kind")),
            .version = row.get<std::int64_t>(kFlowColumns.at("version")),
            .state = row.parsed(kFlowColumns.at("state"), parse_state),
            .due_at = row.get<std::optional<Timestamp>>(kFlowColumns.at("due_at")),
            .fence = row.get<std::int64_t>(kFlowColumns.at("fence")),
            .owner = row.get<std::string>(kFlowColumns.at("owner")),
            .attempts = row.get<std::int64_t>(kFlowColumns.at("attempts")),
            .signals = row.get<std::int64_t>(kFlowColumns.at("signals")),
            .input = row.get<std::string>(kFlowColumns.at("input")),
            .result = row.get<std::string>(kFlowColumns.at("result")),
            .error = read_error<kFlowColumns>(row),
            .traceparent = row.get<std::string>(kFlowColumns.at("traceparent")),
            .created_at = row.get<Timestamp>(kFlowColumns.at("created_at")),
            .done_at = row.get<std::optional<Timestamp>>(kFlowColumns.at("done_at"))};
}

StepRecord read_step(const sql::Row& row) {
    auto error = read_error<kStepColumns>(row);
    return {.name = row.get<std::string>(kStepColumns.at("name")),
            .position = row.get<std::int64_t>(kStepColumns.at("position")),
            .answer = error ? Result<std::string>{*std::move(error)}
                            : Result<std::string>{row.get<std::string>(kStepColumns.at("answer"))},
            .created_at = row.get<Timestamp>(kStepColumns.at("created_at"))};
}

}  // namespace

std::string_view state_name(State state) { return kStateNames.name_of(state); }
std::optional<State> parse_state(std::string_view name) { return kStateNames.parse(name); }

void FlowStore::insert(sql::Unit& unit, const FlowRecord& flow) {
    const ErrorColumns error{flow.error ? &*flow.error : nullptr};
    unit.add(kInsertFlow, flow.id, flow.kind, flow.version, state_name(flow.state), flow.due_at, flow.fence, flow.owner,
             flow.attempts, flow.signals, flow.input, flow.result, error.code, error.reason, error.detail, flow.traceparent,
             flow.created_at, flow.done_at);
}

void FlowStore::hold(sql::Unit& unit, const std::string& id, std::int64_t fence) { unit.add_one_row(kHold, id, fence); }

void FlowStore::insert_step(sql::Unit& unit, const std::string& id, const StepRecord& step) {
    const ErrorColumns error{error_of(step.answer)};
    unit.add(kInsertStep, id, step.name, step.position, step.answer ? *step.answer : std::string{}, error.code, error.reason,
             error.detail, step.created_at);
}

void FlowStore::wait(sql::Unit& unit, const FlowRecord& flow, Timestamp due) {
    const ErrorColumns error{flow.error ? &*flow.error : nullptr};
    unit.add_one_row(kWait, flow.id, flow.fence, flow.signals, due, flow.attempts, error.code, error.reason, error.detail);
}

void FlowStore::park(sql::Unit& unit, const std::string& id, std::int64_t fence, const Error& why) {
    const ErrorColumns error{&why};
    unit.add_one_row(kPark, id, fence, error.code, error.reason, error.detail);
}

void FlowStore::finish(sql::Unit& unit, const std::string& id, std::int64_t fence, const Result<std::string>& result,
                       Timestamp now, State state) {
    const ErrorColumns error{error_of(result)};
    unit.add_one_row(kFinish, id, fence, result ? *result : std::string{}, error.code, error.reason, error.detail, now,
                     state_name(state));
}

void FlowStore::signal(sql::Unit& unit, const std::string& id, std::string_view name, std::string payload, Timestamp now) {
    unit.add(kInsertSignal, id, name, std::move(payload), now);
    unit.add(kSignalFlow, id, now);
}

Task<Result<std::vector<DueFlow>>> FlowStore::find_due(const CallContext& ctx, std::span<const std::string_view> kinds,
                                                       std::int64_t version_newest, Timestamp now, std::int64_t flows_max) {
    return find_to_take(ctx, kFindDue, kinds, version_newest, now, flows_max);
}

Task<Result<std::vector<DueFlow>>> FlowStore::find_leased_beyond(const CallContext& ctx, std::span<const std::string_view> kinds,
                                                                 std::int64_t version_newest, Timestamp beyond,
                                                                 std::int64_t flows_max) {
    return find_to_take(ctx, kFindLeasedBeyond, kinds, version_newest, beyond, flows_max);
}

Task<Result<std::vector<DueFlow>>> FlowStore::find_to_take(const CallContext& ctx, const sql::Statement& statement,
                                                           std::span<const std::string_view> kinds, std::int64_t version_newest,
                                                           Timestamp moment, std::int64_t flows_max) {
    // No kind has an empty name.
    std::array<std::string_view, kKindsMax> names;
    std::ranges::copy(kinds.first(std::min(kinds.size(), kKindsMax)), names.begin());
    auto rows = co_await database_.query(ctx, statement, moment, version_newest, flows_max, names[0], names[1], names[2],
                                         names[3], names[4], names[5], names[6], names[7]);
    if (!rows) co_return std::move(rows).error();
    std::vector<DueFlow> due;
    for (const auto& row : *rows) {
        auto flow = reader_.read(ctx, row, [](const sql::Row& found) {
            return DueFlow{found.get<std::string>(0), found.get<std::string>(1), found.get<std::int64_t>(2),
                           found.get<std::int64_t>(3)};
        });
        if (flow) due.push_back(*std::move(flow));
    }
    co_return due;
}

Task<Result<void>> FlowStore::claim(const CallContext& ctx, const DueFlow& due, std::string_view owner, Timestamp until) {
    sql::Unit unit;
    unit.add_one_row(kClaim, due.id, due.fence, owner, until);
    return database_.write(ctx, std::move(unit));
}

Task<Result<void>> FlowStore::renew(const CallContext& ctx, const std::string& id, std::int64_t fence, Timestamp until) {
    sql::Unit unit;
    unit.add_one_row(kRenew, id, fence, until);
    return database_.write(ctx, std::move(unit));
}

Task<Result<std::optional<FlowRecord>>> FlowStore::find(const CallContext& ctx, const std::string& id) {
    auto row = co_await database_.query_row(ctx, kFindFlow, id);
    if (!row) co_return std::move(row).error();
    if (!row->has_value()) co_return std::optional<FlowRecord>{};
    auto flow = reader_.read(ctx, **row, read_flow);
    if (!flow) co_return std::move(flow).error();
    co_return std::optional<FlowRecord>{*std::move(flow)};
}

Task<Result<std::vector<StepRecord>>> FlowStore::steps(const CallContext& ctx, const std::string& id) {
    auto rows = co_await database_.query(ctx, kFindSteps, id);
    if (!rows) co_return std::move(rows).error();
    std::vector<StepRecord> found;
    for (const auto& row : *rows) {
        auto step = reader_.read(ctx, row, read_step);
        if (!step) co_return std::move(step).error();
        found.push_back(*std::move(step));
    }
    co_return found;
}

Task<Result<std::optional<std::string>>> FlowStore::find_signal(const CallContext& ctx, const std::string& id,
                                                                std::string_view name) {
    auto row = co_await database_.query_row(ctx, kFindSignal, id, name);
    if (!row) co_return std::move(row).error();
    if (!row->has_value()) co_return std::optional<std::string>{};
    auto payload = reader_.read(ctx, **row, [](const sql::Row& found) { return found.get<std::string>(0); });
    if (!payload) co_return std::move(payload).error();
    co_return std::optional<std::string>{*std::move(payload)};
}

Task<Result<std::vector<FlowRecord>>> FlowStore::list(const CallContext& ctx, std::string_view kind, State state,
                                                      std::int64_t flows_max, const FlowPosition& after) {
    auto reading = kind.empty() ? database_.query(ctx, kList, state_name(state), flows_max, after.created_at, after.id)
                                : database_.query(ctx, kListKind, state_name(state), flows_max, after.created_at, after.id, kind);
    auto rows = co_await std::move(reading);
    if (!rows) co_return std::move(rows).error();
    std::vector<FlowRecord> flows;
    for (const auto& row : *rows) {
        if (auto flow = reader_.read(ctx, row, read_flow)) flows.push_back(*std::move(flow));
    }
    co_return flows;
}

Task<Result<std::vector<FlowCount>>> FlowStore::count_open(const CallContext& ctx) {
    auto rows = co_await database_.query(ctx, kCountOpen);
    if (!rows) co_return std::move(rows).error();
    std::vector<FlowCount> counts;
    for (const auto& row : *rows) {
        auto count = reader_.read(ctx, row, [](const sql::Row& found) {
            return FlowCount{.kind = found.get<std::string>(0),
                             .state = found.parsed(1, parse_state),
                             .flows = found.get<std::int64_t>(2),
                             .oldest = found.get<Timestamp>(3)};
        });
        if (count) counts.push_back(*std::move(count));
    }
    co_return counts;
}

Task<Result<bool>> FlowStore::change(const CallContext& ctx, sql::Unit unit) {
    auto written = co_await database_.write(ctx, std::move(unit));
    const bool canceled_before = !written && sql::violates(written.error(), "flow_steps_pkey");
    if (canceled_before || (!written && written.error().reason() == reason::kRowsUnexpected)) co_return false;
    if (!written) co_return std::move(written).error();
    co_return true;
}

Task<Result<bool>> FlowStore::retry(const CallContext& ctx, const std::string& id, Timestamp now) {
    sql::Unit unit;
    unit.add_one_row(kRetry, id, now);
    return change(ctx, std::move(unit));
}

Task<Result<bool>> FlowStore::end(const CallContext& ctx, const std::string& id, Timestamp now) {
    sql::Unit unit;
    unit.add_one_row(kEnd, id, now);
    return change(ctx, std::move(unit));
}

Task<Result<bool>> FlowStore::cancel(const CallContext& ctx, const std::string& id, Timestamp now) {
    sql::Unit unit;
    unit.add_one_row(kCancel, id, now);
    insert_step(unit, id,
                {.name = std::string{kCanceledStep}, .position = kCanceledPosition, .answer = std::string{}, .created_at = now});
    return change(ctx, std::move(unit));
}

Task<Result<std::int64_t>> FlowStore::remove_done(const CallContext& ctx, Timestamp before, std::int64_t flows_max) {
    auto rows = co_await database_.query(ctx, kFindDone, before, flows_max);
    if (!rows) co_return std::move(rows).error();
    std::int64_t removed = 0;
    for (const auto& row : *rows) {
        auto id = reader_.read(ctx, row, [](const sql::Row& found) { return found.get<std::string>(0); });
        if (!id) continue;
        sql::Unit unit;
        unit.add(kRemoveSteps, *id);
        unit.add(kRemoveSignals, *id);
        unit.add(kRemoveFlow, *id);
        if (auto done = co_await database_.write(ctx, std::move(unit)); !done) co_return std::move(done).error();
        ++removed;
    }
    co_return removed;
}

}  // namespace tw::durable
