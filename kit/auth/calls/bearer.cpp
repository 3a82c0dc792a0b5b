#include "kit/auth/calls/bearer.hpp"

#include <algorithm>

namespace tw::auth {
namespace {

constexpr std::string_view kBearerScheme = "bearer ";

bool has_scheme(std::string_view value) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
    return value.size() > kBearerScheme.size() &&
           std::ranges::equal(value.substr(0, kBearerScheme.size()), kBearerScheme, {}, lower);
}

}  // namespace

Bearer find_bearer(const rpc::Metadata& metadata) {
    const std::string* found = nullptr;
    for (const auto& [name, value] : metadata) {
        if (name != kAuthorizationField) continue;
        if (found != nullptr) return {.kind = BearerKind::malformed, .token = {}};
        found = &value;
    }
    if (found == nullptr) return {};
    if (!has_scheme(*found)) return {.kind = BearerKind::malformed, .token = {}};
    std::string_view token{*found};
    token.remove_prefix(std::min(token.find_first_not_of(' ', kBearerScheme.size()), token.size()));
    if (token.empty()) return {.kind = BearerKind::malformed, .token = {}};
    return {.kind = BearerKind::token, .token = token};
}

}  // namespace tw::auth
