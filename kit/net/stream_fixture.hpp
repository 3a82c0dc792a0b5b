#pragma once

#include "kit/async/run.hpp"
#include "kit/async/task.hpp"
#include "kit/net/connect.hpp"
#include "kit/net/stream.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

/// What tests do with the two ends of a stream.
namespace tw::net::test {

inline Task<Result<std::unique_ptr<Stream>>> connect_to(EventLoop& loop, Address address) {
    RootCall call{loop};
    co_return co_await connect(call.context(), loop, address, std::chrono::seconds{5});
}

inline Task<Result<std::string>> read_to_end(Stream& stream) {
    std::string all;
    std::array<char, 4096> buffer;
    while (true) {
        const auto count = co_await stream.read_some(buffer);
        if (!count) co_return count.error();
        if (*count == 0) co_return all;
        all.append(buffer.data(), *count);
    }
}

/// Reads what comes first, up to 16 bytes.
inline Task<Result<std::size_t>> read_once(Stream& stream) {
    std::array<char, 16> buffer;
    co_return co_await stream.read_some(buffer);
}

inline Task<Result<std::size_t>> write_and_finish(Stream& stream, std::string_view bytes) {
    const auto written = co_await stream.write_all(bytes);
    stream.shutdown_write();
    co_return written;
}

/// Closes the stream after whatever else the loop has to do now.
inline Task<Result<std::size_t>> close_soon(EventLoop& loop, Stream& stream) {
    co_await hop_to(loop);
    stream.close();
    co_return std::size_t{0};
}

}  // namespace tw::net::test
