#include "kit/sql/sqlite/sqlite_database.hpp"

#include "kit/sql/reasons.hpp"
#include "kit/sql/shared/errors.hpp"
#include "kit/sql/sqlite/session.hpp"
#include "kit/sql/sqlite/sqlite_error.hpp"
#include "kit/sql/sqlite/sqlite_transaction.hpp"

#include <exception>
#include <utility>

namespace tw::sql {
namespace {

// A look-up by key takes some dozens of SQLite's instructions. A statement that needs many more is
// a scan, whatever it was called, and is begun again on a worker. It may hold up the loop for about
// a millisecond at most.
constexpr Limit kPointReadLimit{.kilo_steps_max = 20};

constexpr Statement kTransactionSpan{"TRANSACTION", "BEGIN IMMEDIATE"};

struct ScanJob : JobFor<Rows> {
    ScanJob(const Statement& statement, std::vector<Value> parameters)
        : statement{statement}, parameters{std::move(parameters)} {}
    const Statement& statement;
    const std::vector<Value> parameters;
};

bool belongs_on_worker(const Error& error) { return is_interrupted(error) || error.reason() == reason::kDatabaseBusy; }

}  // namespace

SqliteDatabase::SqliteDatabase(EventLoop& loop, telemetry::Telemetry telemetry, DatabaseName name, Writer& writer,
                               WorkerPool& workers, std::shared_ptr<ReaderPool> readers, std::unique_ptr<Connection> reader)
    : observer_{telemetry, std::move(name)},
      writer_{writer},
      workers_{workers},
      readers_{std::move(readers)},
      reader_{std::move(reader)},
      inbox_{std::make_shared<LoopInbox>(loop)},
      loop_{loop},
      turn_end_{[this] { flush(); }} {}

SqliteDatabase::~SqliteDatabase() {
    flush();
    inbox_->close();
}

Task<Result<std::optional<Row>>> SqliteDatabase::do_query_row(const CallContext& ctx, const Statement& statement,
                                                              std::vector<Value> parameters) {
    if (ctx.over()) co_return *ctx.over();
    auto operation = observer_.begin(ctx, statement);
    if (reader_) {
        auto row = reader_->query_row(statement, parameters, kPointReadLimit);
        if (row) co_return row;
        if (!belongs_on_worker(row.error())) {
            operation.fail(row.error());
            co_return not_done(std::move(row).error());
        }
    }
    auto scanning = scan(ctx, statement, std::move(parameters));
    auto rows = co_await std::move(scanning);
    if (!rows) {
        operation.fail(rows.error());
        co_return not_done(std::move(rows).error());
    }
    if (rows->empty()) co_return std::optional<Row>{};
    co_return std::optional<Row>{std::move(rows->front())};
}

Task<Result<Rows>> SqliteDatabase::do_query(const CallContext& ctx, const Statement& statement, std::vector<Value> parameters) {
    if (ctx.over()) co_return *ctx.over();
    auto operation = observer_.begin(ctx, statement);
    auto scanning = scan(ctx, statement, std::move(parameters));
    auto rows = co_await std::move(scanning);
    if (rows) co_return rows;
    operation.fail(rows.error());
    co_return not_done(std::move(rows).error());
}

Task<Result<Rows>> SqliteDatabase::scan(const CallContext& ctx, const Statement& statement, std::vector<Value> parameters) {
    const auto job = std::make_shared<ScanJob>(statement, std::move(parameters));
    workers_.post([job, readers = readers_, inbox = inbox_] {
        if (job->abandoned().load(std::memory_order_relaxed)) return;
        const Limit limit{.abandoned = &job->abandoned()};
        job->outcome = readers->query(job->statement, job->parameters, limit);
        inbox->deliver(job);
    });
    auto waiting = outcome_of<Rows>(ctx, job);
    co_return co_await std::move(waiting);
}

Result<void> SqliteDatabase::enqueue(Writer::Work work) {
    if (writer_.queued() + outbox_.size() >= Writer::kQueuedMax) return database_busy("the writer's queue is full");
    outbox_.push_back(std::move(work));
    loop_.at_turn_end(turn_end_);
    return {};
}

void SqliteDatabase::flush() {
    if (outbox_.empty()) return;
    writer_.submit(outbox_);
    outbox_.clear();
}

Task<Result<void>> SqliteDatabase::write(const CallContext& ctx, Unit unit) {
    if (ctx.over()) co_return not_done(*ctx.over());
    if (unit.steps().empty()) co_return Result<void>{};
    auto operation = observer_.begin(ctx, unit);
    const auto job = std::make_shared<UnitJob>(std::move(unit), inbox_, operation.context().trace());
    auto done = enqueue(job);
    if (done) {
        auto waiting = outcome_of<void>(ctx, job);
        done = co_await std::move(waiting);
    }
    if (!done) operation.fail(done.error());
    if (done && job->commit) operation.share(*job->commit, job->tells_commit);
    co_return done;
}

Task<Result<void>> SqliteDatabase::transaction(const CallContext& ctx, Body body) {
    if (ctx.over()) co_return not_done(*ctx.over());
    auto operation = observer_.begin(ctx, kTransactionSpan);
    const CallContext inside = operation.context();
    auto running = run_transaction(inside, body);
    auto done = co_await std::move(running);
    if (!done) operation.fail(done.error());
    co_return done;
}

Task<Result<void>> SqliteDatabase::run_transaction(const CallContext& ctx, Body& body) {
    const auto session = writer_.new_session(inbox_, ctx.deadline());
    auto queued = enqueue(session);
    if (!queued) co_return queued;
    auto beginning = outcome_of<void>(ctx, session->begun());
    auto done = co_await std::move(beginning);
    if (!done) {
        // The transaction may have begun at the same moment.
        session->roll_back();
        co_return not_done(std::move(done).error());
    }

    SqliteTransaction transaction{session, observer_};
    std::exception_ptr thrown;
    try {
        auto running = body(transaction);
        done = co_await std::move(running);
    } catch (...) {
        thrown = std::current_exception();
    }
    if (!thrown && done && transaction.failure()) done = *transaction.failure();
    if (!thrown && done && ctx.over()) done = *ctx.over();
    if (thrown || !done) {
        session->roll_back();
        if (thrown) std::rethrow_exception(thrown);
        co_return not_done(std::move(done).error());
    }
    auto committing = outcome_of<StepAnswer>(ctx, session->commit());
    const auto committed = co_await std::move(committing);
    if (!committed) co_return committed.error();
    co_return Result<void>{};
}

}  // namespace tw::sql
