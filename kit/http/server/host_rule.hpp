#pragma once

#include "kit/base/result.hpp"
#include "kit/net/address.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tw::http {

/// The hosts that a port answers for. A page of any web site can let its own name point to
/// 127.0.0.1 and then send requests from a developer's browser to a local port (DNS rebinding).
/// Such requests have the site's name in their Host field. The rule is immutable.
class HostRule {
 public:
    /// Answers for all hosts.
    HostRule() = default;
    /// Answers for the names and addresses of loopback, for the address that the port is bound to
    /// (any address, if it is bound to all), and for `names`, which are host names without a port.
    /// A refusal says that `setting` must be changed.
    static HostRule of(const net::Address& bound, std::vector<std::string> names, std::string setting);

    /// Checks `host`, the value of the Host field or :authority, with or without a port. A request
    /// without a host is accepted, since no browser sends one. Fails with INVALID_ARGUMENT, reason
    /// HOST_NOT_ALLOWED.
    Result<void> check(std::string_view host) const;

 private:
    bool admits(std::string_view host) const;

    bool any_ = true;
    bool any_address_ = false;
    /// The accepted names, in lower case.
    std::vector<std::string> names_;
    std::string setting_;
};

}  // namespace tw::http
