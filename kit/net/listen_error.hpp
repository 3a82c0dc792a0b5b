#pragma once

#include "kit/base/error.hpp"
#include "kit/net/address.hpp"

/// What is said of an address that cannot be listened on, and what to do about it. Internal to kit/net.
namespace tw::net {

/// FAILED_PRECONDITION, reason ADDRESS_IN_USE.
Error address_in_use(const Address& address);

/// For a number of errno: the same for EADDRINUSE; INVALID_ARGUMENT with ADDRESS_NOT_LOCAL or ADDRESS_NOT_PERMITTED where
/// another address helps; UNAVAILABLE otherwise.
Error cannot_listen(const Address& address, int error_number);

}  // namespace tw::net
