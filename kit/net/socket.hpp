#pragma once

#include "kit/net/address.hpp"
#include "kit/net/descriptor.hpp"

#include <utility>

namespace tw::net {

/// A connected, non-blocking stream socket that is not registered with a loop yet. It is move-only.
class Socket {
 public:
    Socket(int descriptor, Address peer) : descriptor_{descriptor}, peer_{std::move(peer)} {}

    const Address& peer() const { return peer_; }
    int descriptor() const { return descriptor_.number(); }
    /// Gives up ownership of the descriptor.
    int release() { return descriptor_.release(); }

 private:
    Descriptor descriptor_;
    Address peer_;
};

}  // namespace tw::net
