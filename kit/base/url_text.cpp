#include "kit/base/url_text.hpp"

#include "kit/base/encoding.hpp"
#include "kit/base/secret.hpp"

#include <algorithm>
#include <array>

namespace tw {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\f\v";
constexpr std::size_t kPortDigitsMax = 5;

/// Query parameters whose values are not secret (libpq, "Parameter Key Words", and SQLite's URI
/// parameters).
constexpr std::array<std::string_view, 33> kHarmlessParameters{"application_name",
                                                               "cache",
                                                               "channel_binding",
                                                               "client_encoding",
                                                               "connect_timeout",
                                                               "db",
                                                               "dbname",
                                                               "fallback_application_name",
                                                               "gssencmode",
                                                               "host",
                                                               "hostaddr",
                                                               "keepalives",
                                                               "keepalives_count",
                                                               "keepalives_idle",
                                                               "keepalives_interval",
                                                               "load_balance_hosts",
                                                               "mode",
                                                               "port",
                                                               "replication",
                                                               "schema",
                                                               "search_path",
                                                               "service",
                                                               "ssl_max_protocol_version",
                                                               "ssl_min_protocol_version",
                                                               "sslcert",
                                                               "sslkey",
                                                               "sslmode",
                                                               "sslnegotiation",
                                                               "sslrootcert",
                                                               "sslsni",
                                                               "target_session_attrs",
                                                               "tcp_user_timeout",
                                                               "user"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
/// Accepts letters, digits and every byte beyond ASCII.
bool is_word(char c) { return is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80; }
bool is_name_char(char c) { return is_word(c) || std::string_view{"._~%+-"}.contains(c); }
bool is_path_char(char c) { return is_name_char(c) || std::string_view{"/:,!$*@"}.contains(c); }
bool is_host_char(char c) { return is_name_char(c) || c == '[' || c == ']' || c == ':'; }
bool is_value_char(char c) { return is_path_char(c) && c != '@'; }

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// Returns the scheme with its "://" if `text` begins with one (RFC 3986 §3.1), otherwise an empty
/// text.
std::string_view scheme_of(std::string_view text) {
    const auto end = text.find("://");
    if (end == std::string_view::npos || end == 0 || !is_letter(text[0])) return {};
    const auto is_scheme_char = [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '.' || c == '-'; };
    return std::ranges::all_of(text.substr(0, end), is_scheme_char) ? text.substr(0, end + 3) : std::string_view{};
}

bool is_harmless_parameter(std::string_view name) {
    const auto decoded = percent_decode(name);
    return decoded && std::ranges::find(kHarmlessParameters, std::string_view{*decoded}) != kHarmlessParameters.end();
}

/// Returns "name=value". The value is shown only if the parameter is known and the value is one
/// word.
std::string printable_parameter(std::string_view name, std::string_view value) {
    if (name.empty() || !std::ranges::all_of(name, is_name_char)) return std::string{Secret::masked()};
    const bool shown = is_harmless_parameter(name) && std::ranges::all_of(value, is_value_char);
    return std::string{name}.append("=").append(shown ? value : Secret::masked());
}

std::string printable_query(std::string_view query) {
    std::string out;
    while (true) {
        const auto end = query.find('&');
        const auto part = query.substr(0, end);
        const auto equals = part.find('=');
        if (equals != std::string_view::npos) {
            out += printable_parameter(part.substr(0, equals), part.substr(equals + 1));
        } else if (!part.empty()) {
            out += Secret::masked();
        }
        if (end == std::string_view::npos) return out;
        out += '&';
        query.remove_prefix(end + 1);
    }
}

/// Appends one host with its port. Returns false if the text is not a host; the text after it is
/// then not trusted either.
bool append_host(std::string& out, std::string_view text) {
    // A colon within brackets, or one of several, belongs to an IPv6 address.
    const bool several = text.find(':') != text.rfind(':');
    const auto colon = text.ends_with(']') ? std::string_view::npos : text.rfind(':');
    const auto host = text.substr(0, colon);
    const auto port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
    const auto is_address_char = [](char c) { return std::string_view{"0123456789abcdefABCDEF:.[]"}.contains(c); };
    const bool fine =
        several
            ? host.starts_with('[') ? std::ranges::all_of(host, is_host_char) : std::ranges::all_of(host, is_address_char)
            : std::ranges::all_of(host, is_name_char) || (host.starts_with('[') && std::ranges::all_of(host, is_address_char));
    if (!fine) {
        // The first word is a host or a user; what follows a colon may be a password.
        const auto word = host.substr(0, host.find(':'));
        if (word.size() < host.size() && std::ranges::all_of(word, is_name_char)) out.append(word).append(":");
        out += Secret::masked();
        return false;
    }
    out += host;
    if (colon == std::string_view::npos) return true;
    out += ':';
    if (port.size() <= kPortDigitsMax && std::ranges::all_of(port, is_digit) && (!host.empty() || port.empty())) {
        out += port;
        return true;
    }
    out += Secret::masked();
    return false;
}

bool append_hosts(std::string& out, std::string_view hosts) {
    while (true) {
        const auto comma = hosts.find(',');
        if (!append_host(out, hosts.substr(0, comma))) return false;
        if (comma == std::string_view::npos) return true;
        out += ',';
        hosts.remove_prefix(comma + 1);
    }
}

/// Appends `text` up to the first byte that does not belong in a path. Returns false if there was
/// one.
bool append_path(std::string& out, std::string_view text) {
    const auto* const odd = std::ranges::find_if_not(text, is_path_char);
    out.append(text.begin(), odd);
    if (odd == text.end()) return true;
    out += Secret::masked();
    return false;
}

/// Appends the user and the masked password, which stand before the last "@".
void append_credentials(std::string& out, std::string_view text, bool user_alone_is_a_name) {
    const auto colon = text.find(':');
    const auto user = text.substr(0, colon);
    const bool named = (colon != std::string_view::npos || user_alone_is_a_name) && std::ranges::all_of(user, is_name_char);
    if (!named) {
        out += Secret::masked();
    } else {
        out += user;
        if (colon != std::string_view::npos) out.append(":").append(Secret::masked());
    }
    out += '@';
}

/// Appends the text that follows the scheme:
/// [user[:password]@]host[:port][/path][?query][#fragment].
void append_hierarchy(std::string& out, std::string_view text, bool user_alone_is_a_name) {
    const auto mark = text.find_first_of("?#");
    if (mark != std::string_view::npos && text.find('@', mark) != std::string_view::npos) {
        // A password with a "?" that should have been escaped looks like a query with an "@", so
        // all of it is masked.
        out += Secret::masked();
        return;
    }
    auto front = text.substr(0, mark);
    // A password may hold a "/" or "@" that somebody forgot to escape, so the last "@" counts.
    if (const auto at = front.rfind('@'); at != std::string_view::npos) {
        append_credentials(out, front.substr(0, at), user_alone_is_a_name);
        front.remove_prefix(at + 1);
    }
    const auto slash = std::min(front.find('/'), front.size());
    if (!append_hosts(out, front.substr(0, slash)) || !append_path(out, front.substr(slash))) return;
    if (mark == std::string_view::npos) return;
    out += text[mark];
    const auto rest = text.substr(mark + 1);
    out += text[mark] == '?' && !rest.contains('#') ? printable_query(rest) : std::string{Secret::masked()};
}

/// Takes "key = value" or "key = 'value'" off the front (libpq, "Keyword/Value Connection
/// Strings"). The key is empty if there is none.
std::pair<std::string_view, std::string> take_keyword(std::string_view& text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return {};
    const auto key = trimmed(text.substr(0, equals));
    text = text.substr(equals + 1);
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    const bool quoted = text.starts_with('\'');
    if (quoted) text.remove_prefix(1);
    std::string value;
    std::size_t at = 0;
    for (; at < text.size() && (quoted ? text[at] != '\'' : !kBlanks.contains(text[at])); ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        value += text[at];
    }
    text.remove_prefix(std::min(at + (quoted ? 1 : 0), text.size()));
    return {key, std::move(value)};
}

bool is_keyword_form(std::string_view text) {
    const auto key = trimmed(text.substr(0, text.find('=')));
    return text.contains('=') && !key.empty() &&
           std::ranges::all_of(key, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

std::string printable_keywords(std::string_view text) {
    std::string out;
    while (!(text = trimmed(text)).empty()) {
        if (!out.empty()) out += ' ';
        const auto [key, value] = take_keyword(text);
        out += key.empty() ? std::string{Secret::masked()} : printable_parameter(key, value);
        if (key.empty()) break;
    }
    return out;
}

/// Returns the prefix of forms such as "sqlite:PATH", which have neither users nor hosts.
std::string_view path_scheme_of(std::string_view text) {
    for (const std::string_view scheme : {"sqlite:", "file:", "unix:"}) {
        if (text.starts_with(scheme)) return scheme;
    }
    return {};
}

std::string printable_file(std::string_view scheme, std::string_view path) {
    if (const auto inner = scheme_of(path); !inner.empty()) return std::string{scheme} + printable_url(path);
    std::string out{scheme};
    const auto mark = path.find('?');
    // Paths on a disk may hold blanks.
    out += path.substr(0, mark);
    if (mark != std::string_view::npos) out.append("?").append(printable_query(path.substr(mark + 1)));
    return out;
}

}  // namespace

std::string printable_url(std::string_view url) {
    url = trimmed(url);
    if (const auto scheme = path_scheme_of(url); !scheme.empty()) return printable_file(scheme, url.substr(scheme.size()));
    if (is_keyword_form(url)) return printable_keywords(url);
    auto scheme = scheme_of(url);
    for (const std::string_view target : {"dns:", "ipv4:", "ipv6:"}) {
        if (scheme.empty() && url.starts_with(target)) scheme = target;
    }
    std::string out{scheme};
    append_hierarchy(out, url.substr(scheme.size()), scheme.starts_with("postgres"));
    return out;
}

}  // namespace tw
