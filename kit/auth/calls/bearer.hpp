#pragma once

#include "kit/rpc/call_info.hpp"

#include <cstdint>
#include <string_view>

namespace tw::auth {

/// The metadata that carries the token.
inline constexpr std::string_view kAuthorizationField = "authorization";

enum class BearerKind : std::uint8_t {
    none,       ///< there is no field `authorization`
    token,      ///< there is one, with a token
    malformed,  ///< there are several, or it has another scheme or another form
};

struct Bearer {
    BearerKind kind = BearerKind::none;
    /// It refers to the metadata.
    std::string_view token;
};

/// Finds the token of a call (RFC 6750 §2.1) in the metadata and in what is lent of it. The scheme
/// is read in any case (RFC 9110 §11.1).
Bearer find_bearer(const rpc::Metadata& metadata, rpc::LentMetadata lent = {});

}  // namespace tw::auth
