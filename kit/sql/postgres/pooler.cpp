#include "kit/sql/postgres/pooler.hpp"

#include <chrono>
#include <string>

#include <fmt/format.h>

namespace tw::sql::pg {
namespace {

constexpr const char* kBackend = "SELECT pg_backend_pid()";
/// A pooler without a free connection has clients wait. That is what it does to sessions, not to transactions.
constexpr std::chrono::seconds kPatience{2};

/// The server's process behind a connection; empty where it does not say.
std::string backend_of(BlockingConnection& connection) {
    const auto answer = connection.query_within(kBackend, kPatience);
    return answer && !answer->empty() ? answer->front().front() : std::string{};
}

Error shared_session_refused(const Target& target) {
    return Error{
        Code::failed_precondition, "DATABASE_REFUSED",
        fmt::format(
            "{} is a pooler that gives one connection of the server to several clients (transaction pooling), where prepared "
            "statements and session parameters get lost; set its pool_mode to session, or name the server itself in "
            "database.url (DATABASE_URL)",
            target.to_string())};
}

}  // namespace

Result<void> check_pooling(BlockingConnection& connection, const Target& target, const PostgresOptions& options) {
    const auto first = backend_of(connection);
    // A pooler makes up the number that the protocol brings along.
    if (first.empty() || first == std::to_string(connection.announced_backend())) return {};
    auto other = BlockingConnection::open(target, options);
    // Another connection is not to be had: nothing is seen, and the pool will say so.
    if (!other || !other->run_within("BEGIN", kPatience)) return {};
    const auto second = backend_of(*other);
    // While the other one is inside of a transaction, the connection of the server is its own. Servers that number all their
    // connections alike are told from a pooler by that.
    const bool shared = second == first && backend_of(connection) != first;
    static_cast<void>(other->run_within("ROLLBACK", kPatience));
    return shared ? shared_session_refused(target) : Result<void>{};
}

}  // namespace tw::sql::pg
