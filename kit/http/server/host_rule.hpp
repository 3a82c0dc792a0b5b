#pragma once

#include "kit/base/result.hpp"
#include "kit/net/address.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tw::http {

/// Which hosts a port answers for. A page of any web site can have its own name point to 127.0.0.1 and then ask, from a
/// developer's browser, whatever listens there (DNS rebinding); its requests have that name in their Host field. Immutable.
class HostRule {
 public:
    /// Answers for all hosts.
    HostRule() = default;
    /// Answers for the names and addresses of loopback, for the address that the port is bound to (any address, where it is bound
    /// to all), and for `names`, which are host names without a port. `setting` is what a refusal names as the remedy.
    static HostRule of(const net::Address& bound, std::vector<std::string> names, std::string setting);

    /// Nothing where the port answers for `host`, as the Host field or :authority has it, with or without a port. A request that
    /// names no host is answered, since no browser sends one. INVALID_ARGUMENT, reason HOST_NOT_ALLOWED.
    Result<void> check(std::string_view host) const;

 private:
    bool admits(std::string_view host) const;

    bool any_ = true;
    bool any_address_ = false;
    /// In lower case.
    std::vector<std::string> names_;
    std::string setting_;
};

}  // namespace tw::http
