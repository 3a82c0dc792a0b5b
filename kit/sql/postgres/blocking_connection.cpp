#include "kit/sql/postgres/blocking_connection.hpp"

#include "kit/base/clock.hpp"
#include "kit/sql/postgres/connect_error.hpp"
#include "kit/sql/postgres/encoding.hpp"
#include "kit/sql/postgres/postgres_error.hpp"
#include "kit/sql/script.hpp"
#include "kit/sql/shared/errors.hpp"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <poll.h>

#include <fmt/format.h>

namespace tw::sql::pg {
namespace {

/// Returns whether the socket became ready before `until`. The program's clock decides when the
/// time is over, not poll(). In a simulation, that clock stands still meanwhile, so a slow machine
/// causes no timeout.
bool wait_for(PGconn* connection, short events, SteadyTime until) {
    pollfd watched{.fd = PQsocket(connection), .events = events, .revents = 0};
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_now()).count();
        if (left <= 0) return false;
        const int ready = ::poll(&watched, 1, static_cast<int>(left));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return false;
    }
}

std::vector<std::vector<std::string>> rows_of(const PGresult* result) {
    std::vector<std::vector<std::string>> rows(static_cast<std::size_t>(PQntuples(result)));
    for (std::size_t row = 0; row < rows.size(); ++row) {
        for (int column = 0; column < PQnfields(result); ++column) {
            rows[row].emplace_back(PQgetvalue(result, static_cast<int>(row), column));
        }
    }
    return rows;
}

/// Returns the byte where character `number` of a UTF-8 text begins. PostgreSQL counts characters
/// from 1.
std::size_t offset_of_character(std::string_view text, std::size_t number) {
    std::size_t seen = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
        if (begins && ++seen == number) return at;
    }
    return text.size();
}

}  // namespace

Result<BlockingConnection> BlockingConnection::open(const Target& target, const PostgresOptions& options) {
    const auto until = steady_now() + options.connect_time_max;
    std::vector<ConnectParameters::Address> places;
    for (const auto& place : target.places) places.push_back({place, {}});
    const ConnectParameters parameters{target, places};
    LibpqConnection connection{PQconnectStartParams(parameters.keywords(), parameters.values(), 0)};
    if (!connection) return connect_error(target, "out of memory while making a connection");
    PQsetErrorVerbosity(connection.get(), PQERRORS_VERBOSE);
    PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
    auto state = PQstatus(connection.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING) {
        if (!wait_for(connection.get(), state == PGRES_POLLING_READING ? POLLIN : POLLOUT, until)) {
            return connect_error(target, "no answer in time");
        }
        state = PQconnectPoll(connection.get());
    }
    if (state != PGRES_POLLING_OK) return connect_error(target, PQerrorMessage(connection.get()));
    if (auto encoding = check_encoding(target, connection.get()); !encoding) return std::move(encoding).error();
    PQsetErrorVerbosity(connection.get(), PQERRORS_DEFAULT);
    return BlockingConnection{target, std::move(connection)};
}

Error BlockingConnection::failure(const PGresult* result, std::string_view doing) const {
    return explain_permission(*target_, postgres_error(result, doing));
}

Result<void> BlockingConnection::run(const std::string& text) {
    const LibpqResult result{PQexec(connection_.get(), text.c_str())};
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) return {};
    return failure(result.get(), text);
}

Result<std::vector<std::vector<std::string>>> BlockingConnection::query(const std::string& text,
                                                                        const std::vector<std::string>& parameters) {
    std::vector<const char*> values;
    for (const auto& parameter : parameters) values.push_back(parameter.c_str());
    const LibpqResult result{PQexecParams(connection_.get(), text.c_str(), static_cast<int>(values.size()), nullptr,
                                          values.data(), nullptr, nullptr, 0)};
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return failure(result.get(), text);
    return rows_of(result.get());
}

Result<std::vector<std::vector<std::string>>> BlockingConnection::query_within(const std::string& text,
                                                                               std::chrono::milliseconds time) {
    const auto until = steady_now() + time;
    if (PQsendQuery(connection_.get(), text.c_str()) != 1) return database_unreachable(PQerrorMessage(connection_.get()));
    std::vector<std::vector<std::string>> rows;
    while (true) {
        while (PQisBusy(connection_.get()) == 1) {
            if (!wait_for(connection_.get(), POLLIN, until)) return database_unreachable("no answer in time");
            if (PQconsumeInput(connection_.get()) != 1) return database_unreachable(PQerrorMessage(connection_.get()));
        }
        const LibpqResult result{PQgetResult(connection_.get())};
        if (!result) return rows;
        const auto status = PQresultStatus(result.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return failure(result.get(), text);
        rows = rows_of(result.get());
    }
}

Result<void> BlockingConnection::run_within(const std::string& text, std::chrono::milliseconds time) {
    const auto answer = query_within(text, time);
    return answer ? Result<void>{} : answer.error();
}

int BlockingConnection::announced_backend() const { return PQbackendPID(connection_.get()); }

Result<void> BlockingConnection::run_script(std::string_view script) {
    if (PQsendQuery(connection_.get(), std::string{script}.c_str()) != 1) {
        return explain_permission(*target_, database_unreachable(PQerrorMessage(connection_.get())));
    }
    Result<void> outcome;
    // The server answers each statement that it has run, so the answers before the failure give the
    // statement's index.
    for (std::size_t finished = 0;; ++finished) {
        const LibpqResult result{PQgetResult(connection_.get())};
        if (!result) return outcome;
        const auto status = PQresultStatus(result.get());
        const bool done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
        if (!done && outcome) outcome = script_failure(result.get(), script, finished);
    }
}

Error BlockingConnection::script_failure(const PGresult* result, std::string_view script, std::size_t finished) const {
    auto statement = ScriptStatement{};
    if (const char* position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION)) {
        statement = statement_at(script, offset_of_character(script, std::strtoul(position, nullptr, 10)));
    } else if (const auto all = split_script(script); finished < all.size()) {
        statement = all[finished];
    }
    auto error = failure(result, statement.summary());
    auto cause = fmt::format("line {}: {}", statement.line, error.cause());
    return std::move(error).with_cause(std::move(cause));
}

Result<void> BlockingConnection::begin_copy(const std::string& statement) {
    const LibpqResult result{PQexec(connection_.get(), statement.c_str())};
    if (PQresultStatus(result.get()) == PGRES_COPY_IN) return {};
    return failure(result.get(), statement);
}

Result<void> BlockingConnection::send_copy(std::string_view lines) {
    if (PQputCopyData(connection_.get(), lines.data(), static_cast<int>(lines.size())) == 1) return {};
    return database_unreachable(PQerrorMessage(connection_.get()));
}

Result<void> BlockingConnection::end_copy(bool wanted) {
    if (PQputCopyEnd(connection_.get(), wanted ? nullptr : "given up") != 1) {
        return database_unreachable(PQerrorMessage(connection_.get()));
    }
    Result<void> outcome;
    while (true) {
        const LibpqResult result{PQgetResult(connection_.get())};
        if (!result) return outcome;
        if (PQresultStatus(result.get()) != PGRES_COMMAND_OK && outcome) outcome = failure(result.get(), "COPY");
    }
}

bool BlockingConnection::in_transaction() const { return PQtransactionStatus(connection_.get()) == PQTRANS_INTRANS; }

}  // namespace tw::sql::pg
