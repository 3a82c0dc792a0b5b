#include "kit/sql/postgres/connect_error.hpp"

#include "kit/sql/postgres/postgres_error.hpp"
#include "kit/sql/reasons.hpp"
#include "kit/sql/shared/errors.hpp"

#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tw::sql::pg {
namespace {

constexpr std::string_view kSetting = "database.url (DATABASE_URL)";

Error refused(std::string detail, std::string cause) {
    return Error{Code::failed_precondition, reason::kDatabaseRefused, std::move(detail)}.with_cause(std::move(cause));
}

/// Returns the SQLSTATE in a message such as "… FATAL:  28P01: password authentication failed", or
/// an empty text.
std::string_view sqlstate_in(std::string_view message) {
    constexpr std::string_view kMark = "FATAL:  ";
    constexpr std::size_t kSize = 5;
    const auto at = message.find(kMark);
    if (at == std::string_view::npos || message.size() < at + kMark.size() + kSize + 1) return {};
    const auto code = message.substr(at + kMark.size(), kSize);
    return message[at + kMark.size() + kSize] == ':' ? code : std::string_view{};
}

/// Returns the message on one line, without the position in the server's source.
std::string in_one_line(std::string_view message) {
    std::string line{message.substr(0, message.find("\nLOCATION:"))};
    while (line.ends_with('\n')) line.pop_back();
    for (char& c : line) {
        if (c == '\n') c = ' ';
    }
    return line;
}

/// Returns the message of libpq or the server on one line. The address is left out, since the
/// sentence around it has it, and so is the SQLSTATE.
std::string reason_in(std::string_view message) {
    auto line = message.substr(0, message.find('\n'));
    constexpr std::string_view kFailed = " failed: ";
    if (const auto at = line.find(kFailed); line.starts_with("connection to server") && at != std::string_view::npos) {
        line.remove_prefix(at + kFailed.size());
    }
    constexpr std::string_view kFatal = "FATAL:  ";
    if (line.starts_with(kFatal)) line.remove_prefix(kFatal.size());
    // The SQLSTATE stands at the front: "28P01: password authentication failed"
    constexpr std::size_t kStateSize = 5;
    if (!sqlstate_in(message).empty() && line.size() > kStateSize + 2 && line[kStateSize] == ':')
        line.remove_prefix(kStateSize + 2);
    return std::string{line};
}

bool has(std::string_view message, std::string_view part) { return message.find(part) != std::string_view::npos; }

/// Says, by the server's SQLSTATE, what the operator has to change in the URL or at the server.
/// Returns nothing for errors that may be temporary.
std::optional<std::string> refusal_by_state(const Target& target, std::string_view sqlstate, std::string_view reason) {
    const auto where = target.to_string();
    if (sqlstate == "28P01" || sqlstate == "28000") {
        return fmt::format(
            "the server at {} refused the login of user \"{}\": {}; check user and password in {}, or pg_hba.conf of the server",
            where, target.user, reason, kSetting);
    }
    if (sqlstate == "3D000") {
        return fmt::format("the server at {} has no database \"{}\"; create it, or correct its name in {}", where,
                           target.database, kSetting);
    }
    if (sqlstate == "42501") {
        return fmt::format("user \"{}\" may not connect to {}; grant CONNECT, or correct the user in {}", target.user, where,
                           kSetting);
    }
    if (sqlstate == "08P01" || sqlstate == "42704" || sqlstate == "22023") {
        return fmt::format(
            "the server at {} refused a parameter of the connection: {}; correct options in {}, or, if it is a pooler, "
            "let it pass that parameter on",
            where, reason, kSetting);
    }
    return std::nullopt;
}

/// Says what to change by libpq's message, if no server was reached.
std::optional<std::string> refusal_by_words(const Target& target, std::string_view message, std::string_view reason) {
    const auto where = target.to_string();
    if (has(message, "certificate") || has(message, "does not support SSL") || has(message, "SSL error")) {
        return fmt::format("no TLS connection to {}: {}; check sslmode and sslrootcert in {}", where, reason, kSetting);
    }
    // libpq says "invalid sslmode value: \"sure\""
    if (reason.starts_with("invalid ") && has(reason, " value: ")) {
        return fmt::format("libpq cannot use this for {}: {}; correct it in {}", where, reason, kSetting);
    }
    return std::nullopt;
}

/// Returns advice if the server cannot be reached, or accepts no connections now.
std::string remedy_for(std::string_view sqlstate, std::string_view message) {
    if (sqlstate == "53300") return "; raise the server's max_connections, or lower database.connections_max";
    if (sqlstate.starts_with("57P")) return "; try again in a moment";
    if (has(message, "resolve ") || has(message, "translate host name")) return fmt::format("; correct the host in {}", kSetting);
    if (has(message, "refused") || has(message, "No such file")) {
        return fmt::format("; start the server, or correct host and port in {}", kSetting);
    }
    if (has(message, "no answer in time") || has(message, "timeout") || has(message, "timed out")) {
        return fmt::format("; check for a firewall, or correct host and port in {}", kSetting);
    }
    if (has(message, "read-only") || has(message, "hot standby")) {
        return fmt::format("; name the primary in {}, or all servers, so that the writable one is found", kSetting);
    }
    return {};
}

}  // namespace

Error connect_error(const Target& target, std::string_view message) {
    const auto sqlstate = sqlstate_in(message);
    const auto reason = reason_in(message);
    auto cause = fmt::format("connect to {}: {}", target.to_string(), in_one_line(message));
    if (auto why = refusal_by_state(target, sqlstate, reason)) return refused(std::move(*why), std::move(cause));
    if (auto why = sqlstate.empty() ? refusal_by_words(target, message, reason) : std::nullopt) {
        return refused(std::move(*why), std::move(cause));
    }
    auto detail = fmt::format("no connection to the PostgreSQL server at {}: {}{}", target.to_string(), reason,
                              remedy_for(sqlstate, message));
    return database_unreachable(std::move(cause)).with_detail(std::move(detail));
}

Error no_schema(const Target& target) {
    return refused(fmt::format("no schema of the search_path exists in {}; create it, or correct options=-csearch_path in {}",
                               target.to_string(), kSetting),
                   "current_schema() is null");
}

bool is_server_full(const Error& error) { return sqlstate_in(error.cause()) == "53300"; }

Error explain_permission(const Target& target, Error error) {
    if (sqlstate_of(error) == "3F000") return no_schema(target);
    if (sqlstate_of(error) != "42501") return error;
    return refused(fmt::format("user \"{}\" lacks a permission in {}: {}; grant it, or correct the user in {}", target.user,
                               target.to_string(), error.cause().substr(0, error.cause().find(" (SQLSTATE")), kSetting),
                   error.cause());
}

}  // namespace tw::sql::pg
