#include "kit/otlp/transport/write_whole.hpp"

#include <cerrno>
#include <cstddef>
#include <unistd.h>

namespace tw::otlp {

int write_whole(int fd, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

}  // namespace tw::otlp
