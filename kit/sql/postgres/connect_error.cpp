#include "kit/sql/postgres/connect_error.hpp"

#include "kit/sql/errors.hpp"
#include "kit/sql/postgres/postgres_error.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

namespace tw::sql::pg {
namespace {

constexpr std::string_view kSetting = "database.url (DATABASE_URL)";

Error refused(std::string detail, std::string cause) {
    return Error{Code::failed_precondition, "DATABASE_REFUSED", std::move(detail)}.with_cause(std::move(cause));
}

/// "… FATAL:  28P01: password authentication failed" has one.
std::string_view sqlstate_in(std::string_view message) {
    constexpr std::string_view kMark = "FATAL:  ";
    constexpr std::size_t kSize = 5;
    const auto at = message.find(kMark);
    if (at == std::string_view::npos || message.size() < at + kMark.size() + kSize + 1) return {};
    const auto code = message.substr(at + kMark.size(), kSize);
    return message[at + kMark.size() + kSize] == ':' ? code : std::string_view{};
}

/// On one line, and without the place in the server's source.
std::string in_one_line(std::string_view message) {
    std::string line{message.substr(0, message.find("\nLOCATION:"))};
    while (line.ends_with('\n')) line.pop_back();
    for (char& c : line) {
        if (c == '\n') c = ' ';
    }
    return line;
}

}  // namespace

Error connect_error(const Target& target, std::string_view message) {
    const auto sqlstate = sqlstate_in(message);
    const auto where = target.to_string();
    auto cause = fmt::format("connect to {}: {}", where, in_one_line(message));
    if (sqlstate == "28P01" || sqlstate == "28000") {
        return refused(fmt::format("the server at {} does not let user \"{}\" in; mend user and password in {}", where,
                                   target.user, kSetting),
                       std::move(cause));
    }
    if (sqlstate == "3D000") {
        return refused(fmt::format("the server at {} has no database \"{}\"; create it, or mend its name in {}", where,
                                   target.database, kSetting),
                       std::move(cause));
    }
    if (sqlstate == "42501") {
        return refused(
            fmt::format("user \"{}\" may not connect to {}; grant it, or mend the user in {}", target.user, where, kSetting),
            std::move(cause));
    }
    if (message.find("certificate") != std::string_view::npos || message.find("does not support SSL") != std::string_view::npos) {
        return refused(fmt::format("no TLS connection to {}; mend sslmode and sslrootcert in {}", where, kSetting),
                       std::move(cause));
    }
    return database_unreachable(std::move(cause)).with_detail(fmt::format("no connection to the PostgreSQL server at {}", where));
}

bool is_server_full(const Error& error) { return sqlstate_in(error.cause()) == "53300"; }

Error explain_permission(const Target& target, Error error) {
    if (sqlstate_of(error) != "42501") return error;
    return refused(fmt::format("user \"{}\" lacks a permission in {}: {}; grant it, or mend the user in {}", target.user,
                               target.to_string(), error.cause().substr(0, error.cause().find(" (SQLSTATE")), kSetting),
                   error.cause());
}

}  // namespace tw::sql::pg
