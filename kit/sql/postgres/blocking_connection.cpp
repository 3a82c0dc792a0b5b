#include "kit/sql/postgres/blocking_connection.hpp"

#include "kit/sql/postgres/connect_error.hpp"
#include "kit/sql/postgres/encoding.hpp"
#include "kit/sql/postgres/postgres_error.hpp"

#include <chrono>
#include <poll.h>

namespace tw::sql::pg {
namespace {

/// Whether the socket became ready before `until`.
bool wait_for(PGconn* connection, short events, std::chrono::steady_clock::time_point until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    pollfd watched{.fd = PQsocket(connection), .events = events, .revents = 0};
    return left > 0 && ::poll(&watched, 1, static_cast<int>(left)) > 0;
}

}  // namespace

Result<BlockingConnection> BlockingConnection::open(const Target& target, const PostgresOptions& options) {
    const auto until = std::chrono::steady_clock::now() + options.connect_time_max;
    std::vector<ConnectParameters::Address> places;
    for (const auto& place : target.places) places.push_back({place, {}});
    const ConnectParameters parameters{target, places};
    LibpqConnection connection{PQconnectStartParams(parameters.keywords(), parameters.values(), 0)};
    if (!connection) return connect_error(target, "no memory for a connection");
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
    std::vector<std::vector<std::string>> rows(static_cast<std::size_t>(PQntuples(result.get())));
    for (std::size_t row = 0; row < rows.size(); ++row) {
        for (int column = 0; column < PQnfields(result.get()); ++column) {
            rows[row].emplace_back(PQgetvalue(result.get(), static_cast<int>(row), column));
        }
    }
    return rows;
}

bool BlockingConnection::in_transaction() const { return PQtransactionStatus(connection_.get()) == PQTRANS_INTRANS; }

}  // namespace tw::sql::pg
