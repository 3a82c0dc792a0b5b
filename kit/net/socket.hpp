#pragma once

#include "kit/net/address.hpp"

#include <utility>

namespace tw::net {

/// A connected, non-blocking stream socket that nobody has registered with a loop yet. Closes on destruction; move-only.
class Socket {
 public:
    Socket(int fd, Address peer) : fd_{fd}, peer_{std::move(peer)} {}
    Socket(Socket&& other) noexcept : fd_{std::exchange(other.fd_, -1)}, peer_{std::move(other.peer_)} {}
    Socket& operator=(Socket&&) = delete;
    ~Socket();

    const Address& peer() const { return peer_; }
    int descriptor() const { return fd_; }
    /// Gives the descriptor away.
    int release() { return std::exchange(fd_, -1); }

 private:
    int fd_;
    Address peer_;
};

}  // namespace tw::net
