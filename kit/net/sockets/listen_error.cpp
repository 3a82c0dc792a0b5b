#include "kit/net/sockets/listen_error.hpp"

#include "kit/net/reasons.hpp"
#include "kit/net/system_error.hpp"

#include <cerrno>
#include <string>

namespace tw::net {
namespace {

std::string cannot(const Address& address) { return "cannot listen on " + address.to_string(); }

}  // namespace

Error address_in_use(const Address& address) {
    return {Code::failed_precondition, reason::kAddressInUse,
            cannot(address) + ": another process listens there; stop it or choose another address"};
}

Error cannot_listen(const Address& address, int error_number) {
    const auto detail = describe_failure(cannot(address), error_number);
    switch (error_number) {
        case EADDRINUSE:
            return address_in_use(address);
        case EACCES:
        case EROFS:
            return {Code::invalid_argument, "ADDRESS_NOT_PERMITTED",
                    detail + (address.is_local_socket() ? ": choose a writable folder"
                                                        : ": ports below 1024 need a privilege; choose a higher port")};
        case ENOENT:
        case ENOTDIR:
            return {Code::invalid_argument, reason::kAddressNotLocal, detail + ": its folder does not exist; create it"};
        case EADDRNOTAVAIL:
        case EAFNOSUPPORT:
            return {Code::invalid_argument, reason::kAddressNotLocal, detail + ": this machine has no such address"};
        default:
            return unavailable(detail);
    }
}

}  // namespace tw::net
