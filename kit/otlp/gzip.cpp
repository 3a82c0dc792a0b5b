#include "kit/otlp/gzip.hpp"

#include <new>
#include <stdexcept>
#include <zlib.h>

namespace tw::otlp {

std::string gzip(std::string_view bytes) {
    // 16 beside the window's size asks for a gzip header in place of zlib's.
    constexpr int kGzipWindow = 15 + 16;
    constexpr int kMemoryLevel = 8;
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::bad_alloc{};
    }
    std::string out;
    out.resize(deflateBound(&stream, bytes.size()));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const auto outcome = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    // The bound above leaves no other end.
    if (outcome != Z_STREAM_END) throw std::logic_error{"deflate stopped early"};
    return out;
}

}  // namespace tw::otlp
