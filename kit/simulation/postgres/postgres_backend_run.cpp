// How a session runs statements and transactions.
#include "kit/simulation/postgres/postgres_backend.hpp"
#include "kit/simulation/postgres/postgres_postmaster.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

using namespace std::chrono_literals;
using Kind = PostgresStatement::Kind;

/// The time after which a session checks whether it is in a deadlock (deadlock_timeout).
constexpr std::chrono::seconds kDeadlockTimeout{1};

SqlError query_cancelled(std::string_view why) {
    return {.state = "57014", .message = fmt::format("canceling statement due to {}", why)};
}

SqlError terminated() {
    return {.state = "57P01", .message = "terminating connection due to administrator command", .severity = "FATAL"};
}

/// Returns whether the statement uses tables.
bool takes_time(const PostgresStatement& statement) { return statement.changes_rows() || !statement.sources.empty(); }

std::string short_text(const PostgresStatement& statement) {
    constexpr std::size_t kMost = 70;
    return statement.text.size() <= kMost ? statement.text : statement.text.substr(0, kMost) + "…";
}

std::string verb_of(const PostgresStatement& statement) {
    switch (statement.kind) {
        case Kind::insert:
            return "INSERT";
        case Kind::update:
            return "UPDATE";
        case Kind::erase:
            return "DELETE";
        case Kind::select:
            return "SELECT FOR UPDATE";
        default:
            return short_text(statement);
    }
}

/// Returns the error of a COMMIT that the server could not carry out.
SqlError refusal_of_commit(std::uint64_t which) {
    static const std::array<SqlError, 3> kRefusals{
        {{.state = "40001", .message = "could not serialize access due to read/write dependencies among transactions"},
         {.state = "53100", .message = "could not extend file: No space left on device"},
         {.state = "58030", .message = "could not fsync file: Input/output error"}}};
    return kRefusals.at(which);
}

}  // namespace

void PostgresBackend::work(Work work) {
    current_ = std::move(work);
    busy_ = true;
    stoppable_ = true;
    statement_began_ = postmaster_.steady_now();
    const auto& statement = current_.plan->statement;
    // A ROLLBACK takes time, too, so that a cancellation that comes late can hit it.
    if (!takes_time(statement) && statement.kind != Kind::rollback) return execute();
    unless_moved_on(20us + std::chrono::nanoseconds{postmaster_.choose(200'000)}, [this] { execute(); });
}

std::optional<SqlError> PostgresBackend::refuse_by_state() const {
    const auto& statement = current_.plan->statement;
    const bool ends = statement.kind == Kind::commit || statement.kind == Kind::rollback;
    if (failed_ && !ends) {
        return SqlError{.state = "25P02",
                        .message = "current transaction is aborted, commands ignored until end of transaction block"};
    }
    const bool writes = statement.changes_rows() || statement.changes_tables() || statement.for_update;
    if (writes && (read_only_ || block_reads_only_)) {
        return SqlError{.state = "25006",
                        .message = fmt::format("cannot execute {} in a read-only transaction", verb_of(statement))};
    }
    return std::nullopt;
}

void PostgresBackend::execute() {
    ++moves_;
    stoppable_ = false;
    waits_for_ = 0;
    if (last_word_) return die(*last_word_);
    if (interrupted_) return fail(*std::exchange(interrupted_, std::nullopt));
    if (const auto refused = refuse_by_state()) return fail(*refused);
    const auto& statement = current_.plan->statement;
    if (statement.controls_transaction()) return execute_control();
    if (statement.kind == Kind::set) {
        set_local(statement.setting, statement.value);
        return finish("SET");
    }
    if (statement.kind == Kind::deallocate) {
        prepared_.clear();
        return finish("DEALLOCATE ALL");
    }
    if (takes_time(statement) && postmaster_.happens("session terminated", 0.0005, name())) return die(terminated());
    if (takes_time(statement) && postmaster_.happens("cancelled", 0.002, name())) return fail(query_cancelled("user request"));
    run();
}

void PostgresBackend::run() {
    begin_transaction();
    sleep_.reset();
    const auto outcome = postmaster_.engine().run(*transaction_, *current_.plan, current_.parameters);
    if (const auto* waits = std::get_if<PostgresEngine::Waits>(&outcome)) return wait(*waits);
    if (const auto* error = std::get_if<SqlError>(&outcome)) return fail(*error);
    const auto& done = std::get<PostgresEngine::Done>(outcome);
    if (!sleep_) return complete(done);
    stoppable_ = true;
    limit_time();
    unless_moved_on(std::chrono::nanoseconds{static_cast<std::int64_t>(*sleep_ * 1e9)}, [this, done] { complete(done); });
}

void PostgresBackend::begin_transaction() {
    if (transaction_) return;
    transaction_ = postmaster_.engine().begin(*this);
    transaction_began_ = postmaster_.now_micros();
}

/// Applies statement_timeout to an operation that may take longer.
void PostgresBackend::limit_time() {
    if (settings_.statement_timeout == 0ms || postmaster_.blocking()) return;
    const auto left = statement_began_ + settings_.statement_timeout - postmaster_.steady_now();
    unless_moved_on(std::max<std::chrono::nanoseconds>(left, 0ns), [this] { interrupt(query_cancelled("statement timeout")); });
}

void PostgresBackend::wait(const PostgresEngine::Waits& waits) {
    if (postmaster_.blocking()) throw NotModelled{fmt::format("the model of PostgreSQL: a start that waits for {}", waits.lock)};
    stoppable_ = true;
    waits_for_ = waits.holder;
    if (waits_since_ == 0) waits_since_ = postmaster_.next_wait();
    postmaster_.tell(
        [&] { return fmt::format("{} waits for {}, which has {}", name(), postmaster_.name_of(waits.holder), waits.lock); });
    postmaster_.look_for_deadlock(*this);
    limit_time();
    if (settings_.lock_timeout > 0ms) {
        unless_moved_on(settings_.lock_timeout,
                        [this] { fail({.state = "55P03", .message = "canceling statement due to lock timeout"}); });
    }
    unless_moved_on(kDeadlockTimeout, [this] {
        if (postmaster_.in_deadlock(*this)) fail({.state = "40P01", .message = "deadlock detected"});
    });
}

void PostgresBackend::wake() {
    ++moves_;
    waits_for_ = 0;
    unless_moved_on(0ns, [this] { execute(); });
}

void PostgresBackend::sleep(double seconds) { sleep_ = seconds; }

void PostgresBackend::complete(const PostgresEngine::Done& done) {
    ++moves_;
    postmaster_.tell([&] {
        return fmt::format("{}: {} ({}): {}", name(), short_text(current_.plan->statement),
                           simulation::describe(current_.parameters), done.tag);
    });
    if (simple_ && !current_.plan->columns.empty()) describe_rows(current_);
    answer_rows(done);
    finish(done.tag);
}

void PostgresBackend::finish(std::string_view tag) {
    out_.begin('C').text(tag).end();
    busy_ = false;
    stoppable_ = false;
    waits_since_ = 0;
    if (simple_) next_of_script();
    go_on();
}

/// Ends a statement with an error, which makes the transaction fail.
void PostgresBackend::fail(const SqlError& error) {
    postmaster_.tell([&] { return fmt::format("{} fails: {} {}", name(), error.state, error.message); });
    ++moves_;
    busy_ = false;
    stoppable_ = false;
    committing_ = false;
    waits_for_ = 0;
    waits_since_ = 0;
    out_.error('E', error);
    roll_back();
    failed_ = in_block_;
    if (std::exchange(simple_, false)) {
        script_.clear();
        ready();
    } else if (std::exchange(sync_follows_, false)) {
        ready();
    } else {
        skips_to_sync_ = true;
        flush();
    }
    go_on();
}

// Transactions.

void PostgresBackend::execute_control() {
    const auto kind = current_.plan->statement.kind;
    if (kind == Kind::begin) {
        in_block_ = true;
        block_reads_only_ = current_.plan->statement.read_only;
        return finish("BEGIN");
    }
    if (kind == Kind::commit && !failed_) return commit();
    if (in_block_ && kind == Kind::rollback && postmaster_.happens("cancelled before ROLLBACK", 0.01, name())) {
        return fail(query_cancelled("user request"));
    }
    roll_back();
    end_block();
    finish("ROLLBACK");
}

void PostgresBackend::roll_back() {
    settings_ = session_;
    if (!transaction_) return;
    const auto id = transaction_->id;
    postmaster_.engine().roll_back(*transaction_);
    transaction_ = nullptr;
    postmaster_.ended(id);
}

void PostgresBackend::end_block() {
    in_block_ = false;
    failed_ = false;
    block_reads_only_ = false;
    settings_ = session_;
}

void PostgresBackend::commit() {
    committing_ = true;
    busy_ = true;
    if (!transaction_ || transaction_->changes.empty()) return become_durable();
    if (const auto refused = postmaster_.engine().check_deferred(*transaction_)) {
        in_block_ = false;
        return fail(*refused);
    }
    if (postmaster_.happens("commit cut", 0.003, name())) {
        // The COMMIT has not arrived. The transaction is rolled back when the server notices that
        // the connection is broken.
        close();
        no_more_comes_ = true;
        busy_ = false;
        committing_ = false;
        messages_.clear();
        return;
    }
    if (postmaster_.happens("commit refused", 0.005, name())) {
        in_block_ = false;
        return fail(refusal_of_commit(postmaster_.pick(3)));
    }
    stoppable_ = true;
    auto delay = 20us + std::chrono::nanoseconds{postmaster_.choose(150'000)};
    if (postmaster_.happens("commit late", 0.003, name())) {
        delay += std::chrono::milliseconds{postmaster_.pick(8'000)};
        limit_time();
    }
    unless_moved_on(delay, [this] { write_log(); });
}

/// Begins to write the log. From now on the commit cannot be stopped.
void PostgresBackend::write_log() {
    ++moves_;
    stoppable_ = false;
    auto delay = 100us + std::chrono::nanoseconds{postmaster_.choose(1'500'000)};
    if (postmaster_.happens("disk slow", 0.003, name())) delay += std::chrono::milliseconds{postmaster_.pick(8'000)};
    unless_moved_on(delay, [this] { become_durable(); });
}

void PostgresBackend::become_durable() {
    ++moves_;
    const bool changed = transaction_ && !transaction_->changes.empty();
    const bool without_standby = changed && postmaster_.happens("commit without standby", 0.001, name());
    if (transaction_) end_transaction(without_standby);
    end_block();
    if (!changed) return after_commit();
    if (postmaster_.happens("commit lost", 0.004, name())) {
        busy_ = false;
        committing_ = false;
        return cut();
    }
    unless_moved_on(std::chrono::nanoseconds{postmaster_.choose(50'000)}, [this] { after_commit(); });
}

/// Commits the transaction. If it did not wait for the standby, its changes are lost, since the
/// standby takes over at once. The client gets a warning.
void PostgresBackend::end_transaction(bool without_standby) {
    const auto id = transaction_->id;
    if (without_standby) {
        out_.error('N',
                   {.state = "01000",
                    .message = "canceling wait for synchronous replication due to user request",
                    .detail = "The transaction has already committed locally, but might not have been replicated to the standby.",
                    .routine = "SyncRepWaitForLSN",
                    .severity = "WARNING"});
        postmaster_.engine().roll_back(*transaction_);
    } else {
        if (!transaction_->changes.empty()) postmaster_.tell([&] { return name() + " commits"; });
        postmaster_.engine().commit(*transaction_);
    }
    transaction_ = nullptr;
    postmaster_.ended(id);
}

void PostgresBackend::after_commit() {
    committing_ = false;
    if (!std::exchange(sync_follows_, false)) return finish("COMMIT");
    busy_ = false;
    ready();
    go_on();
}

/// Handles the end of a pipeline or of a simple query. Changes outside a transaction block are
/// committed here.
void PostgresBackend::sync() {
    // An administrator may terminate a session at any moment. The moments between an error and the
    // next message are few, so this fault is tried there.
    if (skips_to_sync_ && postmaster_.happens("terminated after an error", 0.05, name())) return die(terminated());
    skips_to_sync_ = false;
    if (transaction_ && !in_block_) {
        sync_follows_ = true;
        return commit();
    }
    ready();
}

}  // namespace tw::simulation
