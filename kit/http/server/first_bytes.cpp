#include "kit/http/server/first_bytes.hpp"

#include "kit/http/server/input_buffer.hpp"

namespace tw::http {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

}  // namespace

FirstBytesReader::FirstBytesReader(ConnectionHost& host, net::Stream& stream)
    : host_{host}, stream_{stream}, timer_{host.loop.timers(), [this] { stream_.close(); }} {}

Task<void> FirstBytesReader::run() {
    timer_.arm(host_.loop.now() + host_.limits.idle_time_max);
    auto& bytes = first_bytes_.bytes;
    std::size_t used = 0;
    while (true) {
        // The size is that of the first read of the connection that takes over.
        bytes.resize(InputBuffer::kSmall);
        const std::span<char> space{bytes.data() + used, bytes.size() - used};
        const auto count = co_await stream_.read_some(space);
        bytes.resize(used + (count ? *count : 0));
        if (!count || *count == 0) break;
        if (used == 0) {
            first_bytes_.began = host_.loop.now();
            timer_.arm(*first_bytes_.began + host_.limits.header_time_max);
        }
        used = bytes.size();
        http2_ = bytes.starts_with(kPreface);
        if (http2_ || !kPreface.starts_with(bytes)) break;
    }
    timer_.cancel();
}

void FirstBytesReader::drain() {
    draining_ = true;
    if (!first_bytes_.began) stream_.close();
}

}  // namespace tw::http
