#include "kit/auth/calls/bearer.hpp"

#include <algorithm>

namespace tw::auth {
namespace {

constexpr std::string_view kBearerScheme = "bearer ";

bool has_scheme(std::string_view value) {
    // Nearly all clients write it so.
    if (value.starts_with("Bearer ")) return value.size() > kBearerScheme.size();
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
    return value.size() > kBearerScheme.size() &&
           std::ranges::equal(value.substr(0, kBearerScheme.size()), kBearerScheme, {}, lower);
}

}  // namespace

Bearer find_bearer(const rpc::Metadata& metadata, rpc::LentMetadata lent) {
    int count = 0;
    std::string_view found;
    const auto look = [&](std::string_view name, std::string_view value) {
        if (name != kAuthorizationField) return;
        ++count;
        found = value;
    };
    for (const auto& [name, value] : metadata) look(name, value);
    for (const auto& [name, value] : lent) look(name, value);
    if (count == 0) return {};
    if (count > 1) return {.kind = BearerKind::malformed, .token = {}};
    if (!has_scheme(found)) return {.kind = BearerKind::malformed, .token = {}};
    auto token = found;
    token.remove_prefix(std::min(token.find_first_not_of(' ', kBearerScheme.size()), token.size()));
    if (token.empty()) return {.kind = BearerKind::malformed, .token = {}};
    return {.kind = BearerKind::token, .token = token};
}

}  // namespace tw::auth
