#pragma once

#include "kit/async/principal.hpp"
#include "kit/rpc/method.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tw::auth {

/// What a role or a scope of a token makes of its user.
struct Grant {
    std::string name;
    rpc::Caller caller;
};

/// Finds which kinds of caller the roles and scopes of a user make of it. It remembers the answer
/// for the principals that were asked about last: all calls with one token share a principal. Those
/// are kept alive, 64 at most.
class GrantedCallers {
 public:
    GrantedCallers(std::vector<Grant> roles, std::vector<Grant> scopes) : roles_{std::move(roles)}, scopes_{std::move(scopes)} {}

    rpc::CallerSet of(const SharedPrincipal& principal) {
        auto& known = known_[(reinterpret_cast<std::uintptr_t>(&*principal) >> kAlignmentBits) % known_.size()];
        if (&*known.principal != &*principal) known = {.principal = principal, .callers = find(*principal)};
        return known.callers;
    }
    /// Without remembering it.
    rpc::CallerSet find(const Principal& principal) const;

 private:
    /// Blocks of memory begin at multiples of 16 bytes.
    static constexpr int kAlignmentBits = 4;
    struct Known {
        SharedPrincipal principal{};
        rpc::CallerSet callers = 0;
    };

    std::vector<Grant> roles_;
    std::vector<Grant> scopes_;
    std::array<Known, 64> known_{};
};

}  // namespace tw::auth
