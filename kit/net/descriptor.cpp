#include "kit/net/descriptor.hpp"

#include <unistd.h>

namespace tw::net {

Descriptor::~Descriptor() {
    if (number_ >= 0) ::close(number_);
}

}  // namespace tw::net
