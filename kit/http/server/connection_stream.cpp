#include "kit/http/server/connection.hpp"
#include "kit/http/server/request_work.hpp"
#include "kit/http/server/served_stream.hpp"

#include <array>
#include <charconv>

// Streamed answers by HTTP/1.1, whose bodies are sent in chunks (RFC 9112 §7.1), and by HTTP/1.0,
// whose bodies end with the connection.
namespace tw::http {
namespace {

/// The client must take each piece of this size within the time limit of a stalled stream.
constexpr std::size_t kPieceBytesMax = 16 * 1024;
constexpr std::string_view kLastChunk = "0\r\n\r\n";

void append_chunk(std::string& out, std::string_view bytes) {
    std::array<char, 16> digits;
    const auto end = std::to_chars(digits.begin(), digits.end(), bytes.size(), 16).ptr;
    out.append(digits.begin(), end);
    out += "\r\n";
    out += bytes;
    out += "\r\n";
}

}  // namespace

/// Writes the parts of a streamed body to the connection.
class Connection::PartWriter final : public BodyWriter {
 public:
    explicit PartWriter(Connection& connection) : connection_{connection} {}

    Task<Result<void>> write(std::string_view part) override {
        while (!part.empty()) {
            const auto piece = part.substr(0, kPieceBytesMax);
            part.remove_prefix(piece.size());
            if (connection_.version_ == Version::http_1_1) {
                append_chunk(connection_.output_, piece);
            } else {
                connection_.output_ += piece;
            }
            const bool sent = co_await connection_.flush();
            if (!sent) co_return cancelled();
        }
        co_return Result<void>{};
    }

 private:
    Connection& connection_;
};

Task<void> Connection::answer_in_parts(RequestWork& work, Response response) {
    ServedStream stream{host_, work, started_, response.stream};
    stream_answer_ = &stream;
    // A client that has ended its side cannot be told from one that has gone, and a stream may last
    // for hours. So it counts as gone.
    if (ended_) stream.end(StreamEnd::client_gone);
    if (draining_) stream.end(StreamEnd::drained);
    const bool head_only = parser_.request().method == "HEAD";
    // Earlier answers must not wait for the body to begin.
    if (!head_only) co_await flush();
    if (!head_only) co_await stream.begin(response);
    if (head_only || response.stream == nullptr) {
        stream_answer_ = nullptr;
        co_return conclude(work, response);
    }
    keep_alive_ = keeps_alive(work) && version_ == Version::http_1_1;
    append(response, false, work.request_id());
    co_await flush();
    PartWriter parts{*this};
    co_await stream.run(parts);
    stream_answer_ = nullptr;
    const bool whole = stream.whole() && !work.failed();
    if (whole && version_ == Version::http_1_1) output_ += kLastChunk;
    keep_alive_ = whole && keep_alive_ && keeps_alive(work);
    work.finish(response, &stream);
    phase_ = Phase::idle;
}

}  // namespace tw::http
