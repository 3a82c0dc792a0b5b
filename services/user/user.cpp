#include "services/user/user.hpp"

#include "kit/base/encoding.hpp"
#include "kit/base/enum_names.hpp"
#include "services/mapping/unicode.hpp"

#include <algorithm>
#include <utility>

namespace tw::user {
namespace {

constexpr std::size_t kEmailLengthMax = 254;
constexpr std::size_t kNameLengthMax = 200;

constexpr auto kStatusNames =
    enum_names<Status>({{Status::active, "active"}, {Status::suspended, "suspended"}, {Status::erased, "erased"}});

bool is_blank_or_control(unsigned char byte) { return byte <= ' ' || byte == 0x7f; }

/// Whether an address stands in place of a host's name: "[192.0.2.1]", "[IPv6:2001:db8::1]"
/// (RFC 5321 §4.1.3).
bool is_address_literal(std::string_view domain) {
    constexpr std::string_view kDigits = "0123456789abcdefABCDEFIPv.:";
    return domain.size() > 2 && domain.front() == '[' && domain.back() == ']' &&
           domain.substr(1, domain.size() - 2).find_first_not_of(kDigits) == domain.npos;
}

}  // namespace

std::expected<Email, std::string> Email::parse(std::string_view text) {
    if (utf8_length(text) > kEmailLengthMax) return std::unexpected{"must be at most 254 characters"};
    auto email = from_stored(text);
    if (!email) return std::unexpected{"must be an e-mail address"};
    if (unicode::has_unseen(text)) return std::unexpected{"must have no spaces, controls or characters that are not seen"};
    const auto domain = text.substr(text.find('@') + 1);
    if (!is_address_literal(domain) && !unicode::host_to_ascii(domain)) return std::unexpected{"must end in the name of a host"};
    return *std::move(email);
}

std::optional<Email> Email::from_stored(std::string_view text) {
    const auto at = text.find('@');
    const bool one_at = at != text.npos && text.find('@', at + 1) == text.npos;
    if (!one_at || at == 0 || at + 1 == text.size() || std::ranges::any_of(text, is_blank_or_control)) return std::nullopt;
    return Email{text};
}

std::string Email::folded() const {
    const std::string_view text = text_;
    const auto at = text.find('@');
    const auto domain = text.substr(at + 1);
    // A host that was stored before hosts were validated may have no ASCII form.
    return unicode::fold(text.substr(0, at)) + "@" + unicode::host_to_ascii(domain).value_or(unicode::fold(domain));
}

std::string_view status_name(Status status) { return kStatusNames.name_of(status); }
std::optional<Status> parse_status(std::string_view name) { return kStatusNames.parse(name); }

User changed(User user, const Changes& changes, Timestamp now) {
    const bool same = (!changes.email || *changes.email == user.email) && (!changes.name || *changes.name == user.name);
    if (same) return user;
    if (changes.email) user.email = *changes.email;
    if (changes.name) user.name = *changes.name;
    user.updated_at = now;
    ++user.version;
    return user;
}

std::optional<std::string> name_fault(std::string_view name) {
    if (unicode::is_blank(name)) return "must not be empty";
    if (utf8_length(name) > kNameLengthMax) return "must be at most 200 characters";
    return std::nullopt;
}

}  // namespace tw::user
