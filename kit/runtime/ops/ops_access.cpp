#include "kit/runtime/ops/ops_access.hpp"

#include "kit/http/problem.hpp"
#include "kit/http/text.hpp"
#include "kit/runtime/ops_settings.hpp"
#include "kit/runtime/reasons.hpp"

#include <algorithm>
#include <array>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <utility>

namespace tw::runtime {
namespace {

/// The paths that orchestrators ask.
constexpr std::array<std::string_view, 5> kProbes{"/health", "/healthz", "/livez", "/ready", "/readyz"};

/// Compares in a time that does not depend on where the texts differ.
bool is_same_secret(std::string_view a, std::string_view b) {
    const auto hash = [](std::string_view text) {
        std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
        SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
        return digest;
    };
    const auto first = hash(a);
    const auto second = hash(b);
    return CRYPTO_memcmp(first.data(), second.data(), first.size()) == 0;
}

std::string_view bearer_token(const http::Request& request) {
    constexpr std::string_view kScheme = "bearer ";
    const auto field = request.headers.find("authorization").value_or("");
    if (field.size() <= kScheme.size() || !http::equals_ignoring_case(field.substr(0, kScheme.size()), kScheme)) return {};
    return http::trimmed(field.substr(kScheme.size()));
}

Task<http::Response> refuse_access(http::Response response) { co_return response; }

}  // namespace

OpsAccess::OpsAccess(const Config& config) : token_{ops_settings(config).token, config.entry("ops.token").file} {}

Result<void> OpsAccess::check(const http::Request& request) {
    const auto is_asked = [&request](std::string_view probe) { return http::is_path(request.path, probe); };
    if (std::ranges::any_of(kProbes, is_asked)) return {};
    const auto& token = token_.current();
    if (token.empty() || is_same_secret(bearer_token(request), token.reveal())) return {};
    return Error{Code::unauthenticated, reason::kOpsToken,
                 "the operations port needs the token of ops.token, as in Authorization: Bearer TOKEN"};
}

http::Handler with_access(std::shared_ptr<OpsAccess> access, http::Handler handler) {
    return [access = std::move(access), handler = std::move(handler)](const CallContext& ctx, const http::Request& request) {
        auto checked = access->check(request);
        if (checked) return handler(ctx, request);
        return refuse_access(http::problem(checked.error(), {}, request.path));
    };
}

}  // namespace tw::runtime
