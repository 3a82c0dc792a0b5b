#include "kit/base/gzip.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <zlib.h>

namespace tw {
namespace {

// Adding 16 to the window's size makes zlib use gzip's header in place of its own.
constexpr int kGzipWindow = 15 + 16;
/// The output grows by this many bytes at a time, since a few bytes of input may expand to many.
constexpr std::size_t kStepBytes = 32 * 1024;

Bytef* bytes_of(std::string_view text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text.data())); }

Error malformed() { return Error{Code::invalid_argument, "MALFORMED_GZIP", "The bytes are not in the gzip format."}; }
Error too_large(std::size_t bytes_max) {
    return Error{Code::resource_exhausted, "GZIP_TOO_LARGE",
                 "The bytes stand for more than the limit of " + std::to_string(bytes_max) + " bytes."}
        .with_retryable(false);
}

/// zlib's state while one compressed text is read.
class Inflater {
 public:
    explicit Inflater(std::string_view bytes) {
        stream_.next_in = bytes_of(bytes);
        stream_.avail_in = static_cast<uInt>(bytes.size());
        if (inflateInit2(&stream_, kGzipWindow) != Z_OK) throw std::bad_alloc{};
    }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater() { inflateEnd(&stream_); }

    int step(char* out, std::size_t size, std::size_t& written) {
        stream_.next_out = reinterpret_cast<Bytef*>(out);
        stream_.avail_out = static_cast<uInt>(size);
        const int outcome = inflate(&stream_, Z_NO_FLUSH);
        written = size - stream_.avail_out;
        return outcome;
    }
    bool at_end() const { return stream_.avail_in == 0; }
    bool next_member() { return inflateReset(&stream_) == Z_OK; }

 private:
    z_stream stream_{};
};

}  // namespace

std::string gzip(std::string_view bytes) {
    constexpr int kMemoryLevel = 8;
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::bad_alloc{};
    }
    std::string out;
    out.resize(deflateBound(&stream, bytes.size()));
    stream.next_in = bytes_of(bytes);
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const auto outcome = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    // `out` has the size that deflateBound gave, so deflate can only end with the end of the
    // stream.
    if (outcome != Z_STREAM_END) throw std::logic_error{"deflate stopped early"};
    return out;
}

Result<void> gunzip(std::string_view bytes, std::size_t bytes_max, std::string& out) {
    Inflater inflater{bytes};
    std::size_t total = 0;
    while (true) {
        // One byte beyond the limit is read, so that a text that is too long is noticed.
        const auto room = std::min(kStepBytes, bytes_max - total + 1);
        const auto start = out.size();
        out.resize(start + room);
        std::size_t written = 0;
        const int outcome = inflater.step(out.data() + start, room, written);
        out.resize(start + written);
        total += written;
        if (total > bytes_max) return too_large(bytes_max);
        if (outcome == Z_STREAM_END) {
            if (inflater.at_end()) return {};
            if (!inflater.next_member()) return malformed();
        } else if (outcome != Z_OK || (written == 0 && inflater.at_end())) {
            return malformed();
        }
    }
}

}  // namespace tw
