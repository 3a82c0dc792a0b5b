#pragma once

#include "kit/base/error.hpp"
#include "kit/net/address.hpp"

/// The errors for an address that cannot be listened on, with advice. Internal to kit/net.
namespace tw::net {

/// Makes FAILED_PRECONDITION, reason ADDRESS_IN_USE.
Error address_in_use(const Address& address);

/// Converts a number of errno. EADDRINUSE becomes the error of address_in_use. If another address
/// would help, the error is INVALID_ARGUMENT with ADDRESS_NOT_LOCAL or ADDRESS_NOT_PERMITTED.
/// Otherwise it is UNAVAILABLE.
Error cannot_listen(const Address& address, int error_number);

}  // namespace tw::net
