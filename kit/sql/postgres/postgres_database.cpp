#include "kit/sql/postgres/postgres_database.hpp"

#include "kit/async/sleep.hpp"
#include "kit/sql/postgres/postgres_error.hpp"
#include "kit/sql/postgres/postgres_transaction.hpp"
#include "kit/sql/postgres/value_codec.hpp"
#include "kit/sql/shared/errors.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace tw::sql::pg {
namespace {

/// The pause between the attempts of a transaction that lost to another, so that they do not meet
/// again.
constexpr std::chrono::milliseconds kConflictWaitFirst{4};
constexpr std::chrono::milliseconds kConflictWaitLast{50};

constexpr Statement kTransactionSpan{"TRANSACTION", "BEGIN"};

DatabaseName name_of(const Target& target) {
    return {.system = "postgresql",
            .name_space = target.database,
            .server_address = target.places.front().host,
            .server_port = target.port_number()};
}

}  // namespace

PostgresDatabase::PostgresDatabase(EventLoop& loop, telemetry::Telemetry telemetry, std::shared_ptr<StoreShared> shared)
    : observer_{telemetry, name_of(shared->target)},
      parts_{.loop = loop,
             .shared = shared,
             .mailbox = std::make_shared<LoopMailbox>(loop),
             .log = telemetry.log,
             .metrics = PoolMetrics{telemetry.meter, shared->target.to_string()}},
      lines_{parts_, [this] { commits_.changed(); }},
      commits_{parts_, lines_},
      leases_{parts_} {
    loop.post([this, alive = std::weak_ptr{alive_}] {
        if (!alive.expired()) lines_.start();
    });
}

PostgresDatabase::~PostgresDatabase() {
    alive_ = nullptr;
    commits_.close();
    leases_.close();
    lines_.close();
    parts_.mailbox->close();
}

Task<Result<Answer>> PostgresDatabase::read(const CallContext& ctx, const Statement& statement, std::vector<Value> parameters) {
    auto operation = observer_.begin(ctx, statement);
    Result<void> ready = check_text(parameters);
    const auto read = std::make_shared<Read>(statement, std::move(parameters));
    if (ready) ready = lines_.add(read);
    if (!ready) {
        operation.fail(ready.error());
        co_return ready.error();
    }
    const CancelScope::Hook hook{ctx.scope(), [&](const Error& why) {
                                     lines_.give_up(*read);
                                     if (!read->outcome.is_set()) read->outcome.set(why);
                                 }};
    auto answer = co_await read->outcome;
    if (answer) co_return answer;
    operation.fail(answer.error());
    co_return not_done(std::move(answer).error());
}

Task<Result<std::optional<Row>>> PostgresDatabase::do_query_row(const CallContext& ctx, const Statement& statement,
                                                                std::vector<Value> parameters) {
    if (ctx.over()) co_return *ctx.over();
    auto reading = read(ctx, statement, std::move(parameters));
    auto answer = co_await std::move(reading);
    if (!answer) co_return std::move(answer).error();
    if (answer->rows.empty()) co_return std::optional<Row>{};
    co_return std::optional<Row>{std::move(answer->rows.front())};
}

Task<Result<Rows>> PostgresDatabase::do_query(const CallContext& ctx, const Statement& statement, std::vector<Value> parameters) {
    if (ctx.over()) co_return *ctx.over();
    auto reading = read(ctx, statement, std::move(parameters));
    auto answer = co_await std::move(reading);
    if (!answer) co_return std::move(answer).error();
    co_return std::move(answer->rows);
}

Task<Result<void>> PostgresDatabase::write(const CallContext& ctx, Unit unit) {
    if (ctx.over()) co_return not_done(*ctx.over());
    if (unit.steps().empty()) co_return Result<void>{};
    auto operation = observer_.begin(ctx, unit);
    const auto job = std::make_shared<UnitJob>(std::move(unit), ctx.deadline(), operation.context().trace());
    auto committing = commit(ctx, job);
    auto done = co_await std::move(committing);
    if (!done) operation.fail(done.error());
    if (done && job->commit) operation.share(*job->commit, job->tells_commit);
    co_return done;
}

Task<Result<void>> PostgresDatabase::commit(const CallContext& ctx, std::shared_ptr<UnitJob> job) {
    for (const auto& step : job->unit.steps()) {
        if (auto checked = check_text(step.parameters); !checked) co_return checked;
    }
    if (auto queued = commits_.add(job); !queued) co_return queued;
    const CancelScope::Hook hook{ctx.scope(), [&](const Error& why) {
                                     const bool open = commits_.give_up(*job);
                                     if (!job->outcome.is_set()) job->outcome.set(Error{why}.with_outcome_open(open));
                                 }};
    co_return co_await job->outcome;
}

Task<Result<void>> PostgresDatabase::transaction(const CallContext& ctx, Body body) {
    if (ctx.over()) co_return not_done(*ctx.over());
    auto operation = observer_.begin(ctx, kTransactionSpan);
    const CallContext inside = operation.context();
    Backoff backoff{{.first = kConflictWaitFirst, .last = kConflictWaitLast, .part_least = 0.5}};
    Result<void> done;
    for (int attempt = 1;; ++attempt) {
        auto acquiring = leases_.acquire(inside);
        auto lease = co_await std::move(acquiring);
        if (!lease) {
            done = not_done(std::move(lease).error());
            break;
        }
        auto running = run_transaction(inside, std::move(*lease), body);
        done = co_await std::move(running);
        if (done || !is_worth_repeating(done.error()) || attempt >= parts_.shared->options.attempts_max) break;
        auto waiting = sleep_for(inside, backoff.next(parts_.random.uniform()));
        if (const auto waited = co_await std::move(waiting); !waited) break;
    }
    if (done) co_return done;
    done = for_caller(std::move(done).error());
    operation.fail(done.error());
    co_return done;
}

Task<Result<void>> PostgresDatabase::run_transaction(const CallContext& ctx, Lease lease, Body& body) {
    PostgresTransaction transaction{ctx, parts_, std::move(lease), observer_};
    std::exception_ptr thrown;
    Result<void> done;
    try {
        auto running = body(transaction);
        done = co_await std::move(running);
    } catch (...) {
        thrown = std::current_exception();
    }
    // The statement's error decides whether to retry, even if the body returned another error. A
    // conflict with another transaction is not the body's to handle.
    const auto& failure = transaction.failure();
    if (!thrown && failure && (done || is_worth_repeating(*failure))) done = *failure;
    if (!thrown && done && ctx.over()) done = *ctx.over();
    if (thrown || !done) {
        transaction.roll_back();
        if (thrown) std::rethrow_exception(thrown);
        co_return not_done(std::move(done).error());
    }
    auto committing = transaction.commit();
    done = co_await std::move(committing);
    if (done) {
        parts_.shared->health.stored();
    } else {
        parts_.shared->health.failed(done.error());
    }
    co_return done;
}

}  // namespace tw::sql::pg
