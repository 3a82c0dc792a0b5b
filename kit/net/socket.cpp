#include "kit/net/socket.hpp"

#include <unistd.h>

namespace tw::net {

Socket::~Socket() {
    if (fd_ >= 0) ::close(fd_);
}

}  // namespace tw::net
