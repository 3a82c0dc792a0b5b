#include "kit/redis/settings.hpp"

#include "kit/base/encoding.hpp"

#include <charconv>
#include <string_view>

namespace tw::redis {
namespace {

constexpr std::string_view kShape = "it must look like redis://[user[:password]@]host[:port][/database]";
constexpr std::uint16_t kDefaultPort = 6379;

Error bad_url(std::string_view why) {
    return Error{Code::invalid_argument, "INVALID_REDIS_URL", "The URL of Redis is not valid: " + std::string{why} + "."};
}

Result<void> read_credentials(std::string_view text, Settings& settings) {
    const auto colon = text.find(':');
    auto user = percent_decode(text.substr(0, colon));
    auto password = percent_decode(colon == std::string_view::npos ? "" : text.substr(colon + 1));
    if (!user || !password) return bad_url("the user or password has a % without two hexadecimal digits after it");
    if (!user->empty() && password->empty()) return bad_url("a user needs a password");
    settings.user = *std::move(user);
    settings.password = Secret{*std::move(password)};
    return {};
}

Result<void> read_address(std::string_view text, Settings& settings) {
    std::string with_port{text};
    const auto bracket = text.rfind(']');
    const auto colon = text.rfind(':');
    const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    if (!has_port) with_port += ":" + std::to_string(kDefaultPort);
    // The parser's error shows the address, which may hold a password whose "@" was forgotten, so
    // it is replaced.
    auto address = net::Address::parse(with_port);
    if (!address) return bad_url("the host or the port is not valid; " + std::string{kShape});
    settings.address = *std::move(address);
    return {};
}

}  // namespace

Result<Settings> Settings::parse_url(const Secret& url) {
    std::string_view rest = url.reveal();
    constexpr std::string_view kScheme = "redis://";
    constexpr std::string_view kSecureScheme = "rediss://";
    const bool secure = rest.starts_with(kSecureScheme);
    if (!secure && !rest.starts_with(kScheme)) return bad_url(kShape);
    rest.remove_prefix(secure ? kSecureScheme.size() : kScheme.size());
    if (rest.find_first_of("?#") != std::string_view::npos) return bad_url("it has no query and no fragment");

    Settings settings{.secure = secure};
    const auto at = rest.rfind('@');
    if (at != std::string_view::npos) {
        if (auto fine = read_credentials(rest.substr(0, at), settings); !fine) return std::move(fine).error();
        rest.remove_prefix(at + 1);
    }
    const auto slash = rest.find('/');
    if (slash != std::string_view::npos && slash + 1 < rest.size()) {
        const auto digits = rest.substr(slash + 1);
        const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), settings.database);
        if (failure != std::errc{} || end != digits.data() + digits.size() || settings.database < 0) {
            return bad_url("the database must be a number from 0");
        }
    }
    if (auto fine = read_address(rest.substr(0, slash), settings); !fine) return std::move(fine).error();
    return settings;
}

Settings Settings::with_current_credentials() const {
    auto current = *this;
    if (!current_url) return current;
    if (auto read = parse_url(current_url())) {
        current.user = std::move(read->user);
        current.password = std::move(read->password);
    }
    return current;
}

std::string Settings::to_string() const {
    auto text = (secure ? "rediss://" : "redis://") + user;
    if (!password.empty()) text += ":" + std::string{Secret::masked()};
    if (!user.empty() || !password.empty()) text += "@";
    return text + address.to_string() + "/" + std::to_string(database);
}

}  // namespace tw::redis
