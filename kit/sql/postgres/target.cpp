#include "kit/sql/postgres/target.hpp"

#include "kit/sql/reasons.hpp"

#include <algorithm>
#include <charconv>
#include <memory>

#include <fmt/format.h>
#include <libpq-fe.h>

namespace tw::sql::pg {
namespace {

constexpr std::string_view kDefaultPort = "5432";

struct FreeInfo {
    void operator()(PQconninfoOption* info) const { PQconninfoFree(info); }
};

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    while (true) {
        const auto comma = list.find(',');
        parts.emplace_back(list.substr(0, comma));
        if (comma == std::string_view::npos) return parts;
        list.remove_prefix(comma + 1);
    }
}

/// Pairs hosts with their ports. If there is one port, or none, it is every host's.
std::vector<Target::Place> pair_up(std::string_view hosts, std::string_view ports) {
    const auto port_list = split(ports);
    std::vector<Target::Place> places;
    for (auto& host : split(hosts)) {
        const auto& port = port_list.size() > places.size() ? port_list[places.size()] : port_list.back();
        places.push_back({std::move(host), port.empty() ? std::string{kDefaultPort} : port});
    }
    return places;
}

/// Returns libpq's `options` for every connection. The URL's own options come last and take
/// precedence.
std::string session_options(const PostgresOptions& options, std::string_view own) {
    return fmt::format("-c statement_timeout={} -c idle_in_transaction_session_timeout={} {}", options.statement_time_max.count(),
                       options.transaction_time_max.count() + 5'000, own);
}

/// Whether it is unclear where the password ends. An "@" or "/" of a password that is not
/// percent-encoded becomes part of what libpq takes for the host, the port or the database, and
/// would be shown in messages.
bool is_ambiguous(std::string_view url) {
    const auto scheme = url.find("://");
    const auto rest = scheme == std::string_view::npos ? std::string_view{} : url.substr(scheme + 3);
    const auto front = rest.substr(0, rest.find('?'));
    const auto at = front.rfind('@');
    return at != std::string_view::npos && front.substr(0, at).find_first_of("@/") != std::string_view::npos;
}

Error unreadable_url(std::string_view why) {
    return Error{
        Code::invalid_argument, reason::kUnknownDatabase,
        fmt::format("the database URL cannot be read{}; write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with special "
                    "characters of the password percent-encoded (@ is %40, / is %2F)",
                    why)};
}

/// Returns libpq's reason if it quotes nothing but the name of a parameter, which holds no secret.
std::string reason_of(std::string_view message) {
    constexpr std::string_view kMark = "invalid URI query parameter: ";
    const auto at = message.find(kMark);
    if (at == std::string_view::npos) return {};
    const auto name = message.substr(at + kMark.size());
    const auto quote = name.find('"', 1);
    const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    if (!name.starts_with('"') || quote == std::string_view::npos || !std::ranges::all_of(name.substr(1, quote - 1), is_plain)) {
        return ": it has a parameter that libpq does not support";
    }
    auto text = fmt::format(": libpq has no parameter {}", name.substr(0, quote + 1));
    if (name.substr(1, quote - 1) == "schema") text += " (a schema is chosen by options=-csearch_path%3DNAME)";
    return text;
}

bool is_port(std::string_view text) {
    return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<Target> Target::parse(std::string_view url, const PostgresOptions& options) {
    char* message = nullptr;
    const std::unique_ptr<PQconninfoOption, FreeInfo> info{PQconninfoParse(std::string{url}.c_str(), &message)};
    // The message may quote a part of the URL, which may be a password.
    const auto reason = message == nullptr ? std::string{} : reason_of(message);
    if (message != nullptr) PQfreemem(message);
    if (!info) return unreadable_url(reason);
    if (is_ambiguous(url)) return unreadable_url(": it is unclear where its password ends");
    std::string hosts;
    std::string ports;
    std::string own_options;
    Target target;
    const auto set_default = [&target](std::string_view keyword, std::string value) {
        const auto named = [keyword](const auto& pair) { return pair.first == keyword; };
        if (std::ranges::none_of(target.parameters, named)) target.parameters.emplace_back(keyword, std::move(value));
    };
    for (const auto* option = info.get(); option->keyword != nullptr; ++option) {
        if (option->val == nullptr) continue;
        const std::string_view keyword{option->keyword};
        if (keyword == "host") {
            hosts = option->val;
        } else if (keyword == "port") {
            ports = option->val;
        } else if (keyword == "options") {
            own_options = option->val;
        } else {
            if (keyword == "user") target.user = option->val;
            if (keyword == "dbname") target.database = option->val;
            target.parameters.emplace_back(option->keyword, option->val);
        }
    }
    if (target.database.empty()) target.database = target.user;
    target.places = pair_up(hosts, ports);
    if (!std::ranges::all_of(target.places, is_port, &Place::port)) return unreadable_url(": its port is not a number");
    target.parameters.emplace_back("options", session_options(options, own_options));
    set_default("application_name", options.application_name);
    set_default("client_encoding", "UTF8");
    // A session that may only read would refuse every write for as long as the connection lasts.
    set_default("target_session_attrs", "read-write");
    // Asking a Kerberos library for credentials may block, so it is disabled.
    set_default("gssencmode", "disable");
    // A peer that vanished is noticed within this time, and a request to cancel ends.
    set_default("tcp_user_timeout", std::to_string(2 * options.silence_max.count()));
    set_default("keepalives_idle", "30");
    target.current_url = options.current_url;
    return target;
}

std::vector<std::pair<std::string, std::string>> Target::current_parameters() const {
    if (!current_url) return parameters;
    const std::unique_ptr<PQconninfoOption, FreeInfo> info{PQconninfoParse(current_url().c_str(), nullptr)};
    if (!info) return parameters;
    auto current = parameters;
    const auto is_credential = [](std::string_view keyword) { return keyword == "user" || keyword == "password"; };
    std::erase_if(current, [&](const auto& parameter) { return is_credential(parameter.first); });
    for (const auto* option = info.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr && is_credential(option->keyword)) current.emplace_back(option->keyword, option->val);
    }
    return current;
}

std::string Target::to_string() const {
    const auto& place = places.front();
    return fmt::format("{}:{}/{}", place.host.empty() ? "localhost" : place.host, place.port, database);
}

std::int64_t Target::port_number() const {
    std::int64_t number = 0;
    const auto& text = places.front().port;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

ConnectParameters::ConnectParameters(const Target& target, const std::vector<Address>& addresses)
    : pairs_{target.current_parameters()} {
    std::string hosts;
    std::string literals;
    std::string ports;
    bool any_literal = false;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const auto* const comma = i == 0 ? "" : ",";
        hosts += comma + addresses[i].place.host;
        literals += comma + addresses[i].literal;
        ports += comma + addresses[i].place.port;
        any_literal |= !addresses[i].literal.empty();
    }
    if (!hosts.empty()) pairs_.emplace_back("host", std::move(hosts));
    if (any_literal) pairs_.emplace_back("hostaddr", std::move(literals));
    if (!ports.empty()) pairs_.emplace_back("port", std::move(ports));
    for (const auto& [keyword, value] : pairs_) {
        keywords_.push_back(keyword.c_str());
        values_.push_back(value.c_str());
    }
    keywords_.push_back(nullptr);
    values_.push_back(nullptr);
}

}  // namespace tw::sql::pg
