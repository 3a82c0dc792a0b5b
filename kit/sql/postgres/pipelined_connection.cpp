#include "kit/sql/postgres/pipelined_connection.hpp"

#include "kit/sql/errors.hpp"
#include "kit/sql/postgres/cancel_request.hpp"
#include "kit/sql/postgres/postgres_error.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <utility>

#include <fmt/format.h>

namespace tw::sql::pg {
namespace {

/// How long after its caller's end a query may still finish by itself: asking the server to stop costs it a connection, and
/// may hit a neighbour.
constexpr std::chrono::milliseconds kStopAfter{25};

constexpr int kBinary = 1;

std::int64_t rows_changed(PGresult* result) {
    const std::string_view text{PQcmdTuples(result)};
    std::int64_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

bool is_commit(const Statement& statement) { return statement.text == "COMMIT"; }

/// "ROLLBACK" is what a COMMIT answers that found its transaction failed.
bool commit_was_refused(const Statement& statement, PGresult* result) {
    return is_commit(statement) && std::strcmp(PQcmdStatus(result), "COMMIT") != 0;
}

/// Whether the error is the session's last word. Severities are never translated in this field. That another process of the
/// server has crashed is said by a mere warning.
bool ends_session(const PGresult* result) {
    const auto severity = result_field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity == "FATAL" || severity == "PANIC" || result_field(result, PG_DIAG_SQLSTATE) == "57P02";
}

/// The primary has committed, and gave up waiting for its standby: a failover would lose the change.
bool is_commit_without_standby(const PGresult* notice) {
    return result_field(notice, PG_DIAG_SOURCE_FUNCTION) == "SyncRepWaitForLSN";
}

Result<Answer> read_answer(const Statement& statement, PGresult* result) {
    switch (PQresultStatus(result)) {
        case PGRES_COMMAND_OK:
            if (commit_was_refused(statement, result)) return not_done(internal("the transaction had failed before its COMMIT"));
            return Answer{.rows = {}, .rows_changed = rows_changed(result)};
        case PGRES_TUPLES_OK: {
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

PipelinedConnection::PipelinedConnection(EventLoop& loop, std::shared_ptr<LoopMailbox> door, LibpqConnection connection,
                                         const PostgresOptions& options)
    : loop_{loop},
      door_{std::move(door)},
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
    // The end of the connection may stand behind what came before it, which libpq takes first.
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
    // Also where it was sent in part: so it ends with the others.
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

/// The server keeps a prepared statement for as long as the connection lasts, unless it is told to forget it.
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
    // What came before the end is still to be read, such as why the server ends the session.
    take_results();
    if (usable_ && broken) lose_from_libpq();
    if (!usable_) return;
    // libpq keeps an answer until it is complete, so what comes of it meanwhile is counted on its way in.
    const auto still_unread = unread_bytes();
    if (partial_ && unread > still_unread) partial_bytes_ += unread - still_unread;
    if (partial_bytes_ > options_.result_bytes_max) return refuse_answer();
    partial_ = !steps_.empty() && steps_.front().kind == Step::Kind::run;
    // What could not be written before may find room now.
    if (writing_) flush();
    if (usable_) listen();
}

/// In the middle of an answer, when that is of interest.
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
    // Between the results of two commands stands a null; two in a row mean that there is nothing more for now.
    int nulls = 0;
    while (usable_ && !steps_.empty() && nulls < 2 && PQisBusy(connection_.get()) == 0) {
        const LibpqResult result{PQgetResult(connection_.get())};
        if (!result) {
            ++nulls;
            continue;
        }
        nulls = 0;
        // The server's last word comes together with the end of the connection, and says more than libpq does.
        if (ends_session(result.get())) return handle_end_of_session(result.get());
        if (PQstatus(connection_.get()) == CONNECTION_BAD) return lose_from_libpq();
        partial_ = false;
        partial_bytes_ = 0;
        progress_ = loop_.now();
        stopping_ = false;
        handle(result.get());
    }
    if (!usable_) return;
    // Between exchanges only notices come, and libpq looks at them when it is asked something.
    if (steps_.empty()) static_cast<void>(PQisBusy(connection_.get()));
    if (steps_.empty() && doomed_) return lose({*doomed_});
    if (PQstatus(connection_.get()) == CONNECTION_BAD) lose_from_libpq();
}

/// The command that is next to be answered gets this for its answer; those behind it did not run.
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
    // Whatever is sent to it now would be answered by that transaction.
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
    const auto& statement = *step.exchange->command(step.index).statement;
    auto answer = read_answer(statement, result);
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
    // The server's own limit comes first, unless it was asked to stop.
    const auto patience = options_.silence_max + (stopping_ ? std::chrono::milliseconds{} : options_.statement_time_max);
    const auto until = progress_ + patience;
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
    request_cancel(loop_, *connection_, [door = door_, self = weak_from_this()] {
        door->post([self] {
            const auto link = self.lock();
            if (!link) return;
            link->cancelling_ = false;
            link->give_up();
        });
    });
}

}  // namespace tw::sql::pg
