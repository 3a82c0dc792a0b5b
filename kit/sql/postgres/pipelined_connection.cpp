#include "kit/sql/postgres/pipelined_connection.hpp"

#include "kit/sql/postgres/cancel_request.hpp"
#include "kit/sql/postgres/postgres_error.hpp"
#include "kit/sql/shared/errors.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <utility>

#include <fmt/format.h>

namespace tw::sql::pg {
namespace {

/// How long a query may still run after its caller has gone before the server is asked to stop it.
/// A request to stop costs the server a connection, and may hit another query.
constexpr std::chrono::milliseconds kStopAfter{25};

constexpr int kBinary = 1;

std::int64_t rows_changed(PGresult* result) {
    const std::string_view text{PQcmdTuples(result)};
    std::int64_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

bool is_commit(const Statement& statement) { return statement.text == "COMMIT"; }

/// A COMMIT answers "ROLLBACK" if its transaction had failed.
bool commit_was_refused(const Statement& statement, PGresult* result) {
    return is_commit(statement) && std::strcmp(PQcmdStatus(result), "COMMIT") != 0;
}

/// Whether the message ends the session. This field's severities are never translated. A crash of
/// another process of the server is only reported as a warning.
bool ends_session(const PGresult* result) {
    const auto severity = result_field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity == "FATAL" || severity == "PANIC" || result_field(result, PG_DIAG_SQLSTATE) == "57P02";
}

/// The primary has committed but stopped waiting for its standby. A failover would lose the change.
bool is_commit_without_standby(const PGresult* notice) {
    return result_field(notice, PG_DIAG_SOURCE_FUNCTION) == "SyncRepWaitForLSN";
}

Result<Answer> read_answer(const Command& command, PGresult* result) {
    const auto& statement = *command.statement;
    switch (PQresultStatus(result)) {
        case PGRES_COMMAND_OK:
            if (commit_was_refused(statement, result)) return not_done(internal("the transaction had failed before its COMMIT"));
            return command.reads_answer ? Answer{.rows = {}, .rows_changed = rows_changed(result)} : Answer{};
        case PGRES_TUPLES_OK: {
            if (!command.reads_answer) return Answer{};
            auto rows = read_rows(result);
            if (!rows) return rows.error();
            return Answer{.rows = std::move(*rows), .rows_changed = rows_changed(result)};
        }
        case PGRES_FATAL_ERROR:
            return postgres_error(result, statement.text);
        default:
            return internal(
                fmt::format("an answer of another kind ({}): {}", PQresStatus(PQresultStatus(result)), statement.text));
    }
}

}  // namespace

PipelinedConnection::PipelinedConnection(EventLoop& loop, std::shared_ptr<LoopMailbox> mailbox, LibpqConnection connection,
                                         const PostgresOptions& options)
    : loop_{loop},
      mailbox_{std::move(mailbox)},
      connection_{std::move(connection)},
      options_{options},
      watch_{loop},
      watchdog_{loop.timers(), [this] { watch_over(); }},
      cancel_timer_{loop.timers(), [this] { cancel_if_stuck(); }} {}

PipelinedConnection::~PipelinedConnection() { watch_.forget(); }

void PipelinedConnection::open(std::move_only_function<void(const Error&)> lost) {
    on_lost_ = std::move(lost);
    PQsetNoticeReceiver(connection_.get(), &PipelinedConnection::take_notice, this);
    watch_.watch(PQsocket(connection_.get()));
    listen();
}

void PipelinedConnection::close() {
    on_lost_ = nullptr;
    lose({database_unreachable("the connection was closed here")});
}

void PipelinedConnection::look() {
    char byte{};
    // libpq reads earlier messages first, and the end of the connection may come behind them.
    while (usable_ && ::recv(PQsocket(connection_.get()), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0) receive();
}

void PipelinedConnection::submit(std::shared_ptr<Exchange> exchange) {
    const auto self = shared_from_this();
    if (usable_ && PQstatus(connection_.get()) == CONNECTION_BAD) lose_from_libpq();
    if (!usable_) {
        const Loss loss{.error = database_unreachable("the connection was lost before"), .unanswered_did_not_run = true};
        return exchange->ended(&loss);
    }
    if (steps_.empty()) {
        progress_ = loop_.now();
        if (!watchdog_.armed()) watchdog_.arm(progress_ + options_.silence_max);
    }
    ++exchanges_;
    const bool sent = send(exchange);
    // The Sync is also recorded if the exchange was sent only in part, so that it ends with the
    // others.
    steps_.push_back({Step::Kind::sync, 0, std::move(exchange)});
    if (!sent) return lose_from_libpq();
    flush();
}

bool PipelinedConnection::send(const std::shared_ptr<Exchange>& exchange) {
    const auto size = exchange->size();
    for (std::size_t i = 0; i < size; ++i) {
        if (!send_command(exchange, i)) return false;
    }
    return PQpipelineSync(connection_.get()) == 1;
}

bool PipelinedConnection::send_command(const std::shared_ptr<Exchange>& exchange, std::size_t index) {
    const auto command = exchange->command(index);
    const auto* prepared = prepared_.find(*command.statement);
    if (prepared == nullptr) {
        if (prepared_.full() && !make_room(exchange, index)) return false;
        prepared = &prepared_.add(command);
        const int sent = PQsendPrepare(connection_.get(), prepared->name.c_str(), std::string{command.statement->text}.c_str(),
                                       static_cast<int>(prepared->types.size()), prepared->types.data());
        if (sent != 1) return false;
        steps_.push_back({Step::Kind::prepare, index, exchange});
    }
    arrays_.assign(command.parameters, prepared->types);
    const int sent = PQsendQueryPrepared(connection_.get(), prepared->name.c_str(), arrays_.count(), arrays_.values(),
                                         arrays_.lengths(), arrays_.formats(), kBinary);
    if (sent != 1) return false;
    steps_.push_back({Step::Kind::run, index, exchange});
    return true;
}

/// The server keeps prepared statements for as long as the connection lasts, unless it is told to
/// drop them.
bool PipelinedConnection::make_room(const std::shared_ptr<Exchange>& exchange, std::size_t index) {
    prepared_.forget_all();
    const int sent = PQsendQueryParams(connection_.get(), "DEALLOCATE ALL", 0, nullptr, nullptr, nullptr, nullptr, kBinary);
    if (sent != 1) return false;
    steps_.push_back({Step::Kind::forget_prepared, index, exchange});
    return true;
}

void PipelinedConnection::flush() {
    const int rest = PQflush(connection_.get());
    loop_.descriptors_changed();
    if (rest < 0) return lose_from_libpq();
    if (rest == 0 || std::exchange(writing_, true)) return;
    watch_.wait(SocketWatch::Ready::to_write, [this] {
        writing_ = false;
        flush();
    });
}

void PipelinedConnection::listen() {
    watch_.wait(SocketWatch::Ready::to_read, [this] { receive(); });
}

void PipelinedConnection::receive() {
    const auto self = shared_from_this();
    const auto unread = unread_bytes();
    const bool broken = PQconsumeInput(connection_.get()) == 0;
    // Messages that came before the end of the connection are still read, such as the reason why
    // the server ended the session.
    take_results();
    if (usable_ && broken) lose_from_libpq();
    if (!usable_) return;
    // libpq returns an answer only when it is complete, so the bytes of an incomplete one are
    // counted as they arrive.
    const auto still_unread = unread_bytes();
    if (partial_ && unread > still_unread) partial_bytes_ += unread - still_unread;
    if (partial_bytes_ > options_.result_bytes_max) return refuse_answer();
    partial_ = !steps_.empty() && steps_.front().kind == Step::Kind::run;
    // Output that could not be written before may now fit into the socket's buffer.
    if (writing_) flush();
    if (usable_) listen();
}

/// Returns how many bytes wait in the socket, but only in the middle of an answer.
std::size_t PipelinedConnection::unread_bytes() const {
    int bytes = 0;
    if (!partial_ || ::ioctl(PQsocket(connection_.get()), FIONREAD, &bytes) != 0) return 0;
    return static_cast<std::size_t>(bytes);
}

void PipelinedConnection::refuse_answer() {
    const auto step = steps_.front();
    auto why =
        Error{Code::resource_exhausted, "RESULT_TOO_LARGE", "the answer is larger than allowed"}.with_retryable(false).with_cause(
            fmt::format("more than {} bytes; bound the statement with LIMIT: {}", options_.result_bytes_max,
                        step.exchange->command(step.index).statement->text));
    step.exchange->answered(step.index, std::move(why));
    lose({database_unreachable("cut, because an answer was larger than allowed")});
}

void PipelinedConnection::take_results() {
    // PQgetResult returns a null between the results of two commands. Two nulls in a row mean that
    // there are no more results for now.
    int nulls = 0;
    while (usable_ && !steps_.empty() && nulls < 2 && PQisBusy(connection_.get()) == 0) {
        const LibpqResult result{PQgetResult(connection_.get())};
        if (!result) {
            ++nulls;
            continue;
        }
        nulls = 0;
        // The server's last message comes together with the end of the connection, and says more
        // than libpq does.
        if (ends_session(result.get())) return handle_end_of_session(result.get());
        if (PQstatus(connection_.get()) == CONNECTION_BAD) return lose_from_libpq();
        partial_ = false;
        partial_bytes_ = 0;
        progress_ = loop_.now();
        stopping_ = false;
        handle(result.get());
    }
    if (!usable_) return;
    // Between exchanges only notices come, and libpq reads them when it is asked something.
    if (steps_.empty()) static_cast<void>(PQisBusy(connection_.get()));
    if (steps_.empty() && doomed_) return lose({*doomed_});
    if (PQstatus(connection_.get()) == CONNECTION_BAD) lose_from_libpq();
}

/// The command whose answer is next gets this error. The commands after it did not run.
void PipelinedConnection::handle_end_of_session(PGresult* result) {
    const auto step = steps_.front();
    const bool is_run = step.kind == Step::Kind::run;
    const auto doing = is_run ? step.exchange->command(step.index).statement->text : std::string_view{"the session"};
    auto why = end_of_session_error(result, doing);
    if (is_run) {
        steps_.pop_front();
        step.exchange->answered(step.index, why);
    }
    lose({.error = std::move(why), .unanswered_did_not_run = true});
}

void PipelinedConnection::handle(PGresult* result) {
    const auto step = std::move(steps_.front());
    steps_.pop_front();
    const auto status = PQresultStatus(result);
    switch (step.kind) {
        case Step::Kind::forget_prepared:
            if (status == PGRES_FATAL_ERROR) unprepared_ = postgres_error(result, "DEALLOCATE ALL");
            return;
        case Step::Kind::prepare: {
            if (status == PGRES_COMMAND_OK) return;
            const auto& statement = *step.exchange->command(step.index).statement;
            prepared_.forget(statement);
            if (status != PGRES_PIPELINE_ABORTED) unprepared_ = postgres_error(result, statement.text);
            return;
        }
        case Step::Kind::run:
            return handle_run(step, result);
        case Step::Kind::sync:
            return handle_sync(step, result);
    }
}

void PipelinedConnection::handle_sync(const Step& step, PGresult* result) {
    if (PQresultStatus(result) != PGRES_PIPELINE_SYNC) {
        steps_.push_front(step);
        return lose({postgres_error(result, "Sync")});
    }
    if (doomed_) {
        steps_.push_front(step);
        return lose({*doomed_});
    }
    --exchanges_;
    // A command that is sent now would run inside that transaction.
    if (step.exchange->leaves_idle() && steps_.empty() && in_transaction()) {
        lose({database_unreachable("the connection was left in a transaction")});
    }
    step.exchange->ended(nullptr);
}

bool PipelinedConnection::in_transaction() const {
    const auto status = PQtransactionStatus(connection_.get());
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

void PipelinedConnection::take_notice(void* self, const PGresult* notice) {
    auto& link = *static_cast<PipelinedConnection*>(self);
    if (ends_session(notice)) link.doomed_ = end_of_session_error(notice, "the session");
    if (is_commit_without_standby(notice)) link.commit_doubt_ = result_field(notice, PG_DIAG_MESSAGE_PRIMARY);
}

void PipelinedConnection::handle_run(const Step& step, PGresult* result) {
    if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED) {
        if (!unprepared_) return step.exchange->skipped(step.index);
        auto why = std::move(*unprepared_);
        unprepared_.reset();
        return this->answer(step, std::move(why));
    }
    const auto command = step.exchange->command(step.index);
    const auto& statement = *command.statement;
    auto answer = read_answer(command, result);
    if (!answer && is_stale_plan(answer.error())) prepared_.forget(statement);
    if (!answer && is_read_only(answer.error())) read_only_ = true;
    if (const auto doubt = std::exchange(commit_doubt_, {}); doubt && answer && is_commit(statement)) {
        answer = outcome_unknown(*doubt);
    }
    this->answer(step, std::move(answer));
}

void PipelinedConnection::answer(const Step& step, Result<Answer> answer) {
    if (!answer && is_lost_connection(answer.error())) doomed_ = answer.error();
    step.exchange->answered(step.index, std::move(answer));
}

bool PipelinedConnection::stuck() const { return !steps_.empty() && loop_.now() - progress_ > kStopAfter; }

void PipelinedConnection::watch_over() {
    if (steps_.empty()) return;
    // The server's own time limit comes first, unless the server was asked to stop.
    const auto time_max = options_.silence_max + (stopping_ ? std::chrono::milliseconds{} : options_.statement_time_max);
    const auto until = progress_ + time_max;
    if (loop_.now() >= until) return lose({database_unreachable("no answer in time")});
    watchdog_.arm(until);
}

void PipelinedConnection::lose_from_libpq() {
    std::string message = PQerrorMessage(connection_.get());
    while (message.ends_with('\n')) message.pop_back();
    lose({database_unreachable(message.empty() ? "the connection broke" : std::move(message))});
}

void PipelinedConnection::lose(Loss loss) {
    if (!std::exchange(usable_, false)) return;
    const auto self = shared_from_this();
    watch_.forget();
    watchdog_.cancel();
    cancel_timer_.cancel();
    const auto steps = std::exchange(steps_, {});
    for (const auto& step : steps) {
        if (step.kind != Step::Kind::sync) continue;
        --exchanges_;
        step.exchange->ended(&loss);
    }
    if (on_lost_) std::exchange(on_lost_, nullptr)(loss.error);
}

void PipelinedConnection::give_up() {
    if (usable_ && !cancelling_ && !cancel_timer_.armed()) cancel_timer_.arm(loop_.now() + kStopAfter);
}

void PipelinedConnection::cancel_if_stuck() {
    const auto unwanted = [](const Step& step) { return step.kind == Step::Kind::sync && !step.exchange->wanted(); };
    if (std::ranges::none_of(steps_, unwanted)) return;
    if (!steps_.front().exchange->wanted() && loop_.now() - progress_ >= kStopAfter) return cancel();
    cancel_timer_.arm(loop_.now() + kStopAfter);
}

void PipelinedConnection::cancel() {
    if (std::exchange(cancelling_, true)) return;
    cancelled_ = true;
    stopping_ = true;
    watchdog_.arm(loop_.now() + options_.silence_max);
    request_cancel(loop_, *connection_, [mailbox = mailbox_, self = weak_from_this()] {
        mailbox->post([self] {
            const auto link = self.lock();
            if (!link) return;
            link->cancelling_ = false;
            link->give_up();
        });
    });
}

}  // namespace tw::sql::pg
