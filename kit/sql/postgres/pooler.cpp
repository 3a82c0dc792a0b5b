#include "kit/sql/postgres/pooler.hpp"

#include "kit/sql/reasons.hpp"

#include <chrono>
#include <string>

#include <fmt/format.h>

namespace tw::sql::pg {
namespace {

constexpr const char* kBackend = "SELECT pg_backend_pid()";
/// How long to wait for an answer. A session pooler without a free connection makes a new client
/// wait, and a transaction pooler does not. A wait that ends here therefore means no transaction
/// pooling.
constexpr std::chrono::seconds kAnswerTimeMax{2};

/// Returns the server's process behind a connection, or an empty text if the server does not say
/// it.
std::string backend_of(BlockingConnection& connection) {
    const auto answer = connection.query_within(kBackend, kAnswerTimeMax);
    return answer && !answer->empty() ? answer->front().front() : std::string{};
}

Error shared_session_refused(const Target& target) {
    return Error{
        Code::failed_precondition, reason::kDatabaseRefused,
        fmt::format(
            "{} is a pooler that gives one connection of the server to several clients (transaction pooling), where prepared "
            "statements and session parameters get lost; set its pool_mode to session, or name the server itself in "
            "database.url (DATABASE_URL)",
            target.to_string())};
}

}  // namespace

Result<void> check_pooling(BlockingConnection& connection, const Target& target, const PostgresOptions& options) {
    const auto first = backend_of(connection);
    // A pooler makes up the process number that the protocol announces.
    if (first.empty() || first == std::to_string(connection.announced_backend())) return {};
    auto other = BlockingConnection::open(target, options);
    // If no second connection can be made, the check sees nothing. The pool will report that
    // failure.
    if (!other || !other->run_within("BEGIN", kAnswerTimeMax)) return {};
    const auto second = backend_of(*other);
    // The second connection is inside a transaction, so a pooler cannot give its server connection
    // to the first one. A server that numbers all its connections alike would still show the same
    // process.
    const bool shared = second == first && backend_of(connection) != first;
    static_cast<void>(other->run_within("ROLLBACK", kAnswerTimeMax));
    return shared ? shared_session_refused(target) : Result<void>{};
}

}  // namespace tw::sql::pg
