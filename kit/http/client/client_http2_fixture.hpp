#pragma once

#include "kit/async/combine.hpp"
#include "kit/async/run.hpp"
#include "kit/http/client/client.hpp"
#include "kit/testing/memory_stream.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

/// Servers of HTTP/2 frame by frame, so that they can do what no sound one does.
namespace tw::http::test {

enum class FrameType : std::uint8_t {
    data = 0,
    headers = 1,
    reset = 3,
    settings = 4,
    push_promise = 5,
    ping = 6,
    goaway = 7,
    window_update = 8,
    continuation = 9
};
inline constexpr std::uint8_t kEndStream = 1;
inline constexpr std::uint8_t kAck = 1;
inline constexpr std::uint8_t kEndHeaders = 4;

/// A number in network order.
inline std::string big_endian(std::uint32_t number, int bytes) {
    std::string text;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) text += static_cast<char>(number >> shift);
    return text;
}

/// RFC 9113 §4.1.
inline std::string frame(FrameType type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
    auto bytes = big_endian(static_cast<std::uint32_t>(payload.size()), 3);
    bytes.append({static_cast<char>(type), static_cast<char>(flags)}).append(big_endian(stream, 4));
    return bytes.append(payload);
}

inline std::string settings(std::vector<std::pair<std::uint16_t, std::uint32_t>> values = {}) {
    std::string payload;
    for (const auto& [id, value] : values) payload += big_endian(id, 2) + big_endian(value, 4);
    return frame(FrameType::settings, 0, 0, payload);
}
inline constexpr std::uint16_t kStreamsMax = 3;
inline constexpr std::uint16_t kInitialWindow = 4;

/// A field as a literal that enters no table (RFC 7541 §6.2.2). Neither part is longer than 16 KiB.
inline std::string field(std::string_view name, std::string_view value) {
    const auto text = [](std::string_view part) {
        constexpr std::size_t kPrefixMax = 127;
        if (part.size() < kPrefixMax) return std::string(1, static_cast<char>(part.size())).append(part);
        const auto rest = part.size() - kPrefixMax;
        return std::string{static_cast<char>(kPrefixMax), static_cast<char>(0x80 | (rest & 0x7f)), static_cast<char>(rest >> 7)}
            .append(part);
    };
    return std::string(1, '\0') + text(name) + text(value);
}
/// ":status: 200", by the static table.
inline constexpr std::string_view kStatus200 = "\x88";

inline std::string headers(std::uint32_t stream, std::string_view block, bool end = false) {
    return frame(FrameType::headers, kEndHeaders | (end ? kEndStream : 0), stream, block);
}
/// A whole answer.
inline std::string answer(std::uint32_t stream, std::string_view body = "ok") {
    return headers(stream, kStatus200) + frame(FrameType::data, kEndStream, stream, body);
}
inline std::string reset(std::uint32_t stream, std::uint32_t code) {
    return frame(FrameType::reset, 0, stream, big_endian(code, 4));
}
inline std::string goaway(std::uint32_t last_stream, std::uint32_t code = 0) {
    return frame(FrameType::goaway, 0, 0, big_endian(last_stream, 4) + big_endian(code, 4));
}

struct Frame {
    FrameType type;
    std::uint8_t flags;
    std::uint32_t stream;
    std::string payload;
    /// Of headers, "name: value" lines.
    std::string fields;
};

/// Unpacks the headers of one connection (RFC 7541).
class FieldReader {
 public:
    FieldReader() { nghttp2_hd_inflate_new(&inflater_); }
    ~FieldReader() { nghttp2_hd_inflate_del(inflater_); }
    FieldReader(const FieldReader&) = delete;
    FieldReader& operator=(const FieldReader&) = delete;

    std::string read(std::string_view block) {
        std::string lines;
        int flags = 0;
        while ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
            nghttp2_nv pair{};
            flags = 0;
            const auto taken = nghttp2_hd_inflate_hd2(inflater_, &pair, &flags,
                                                      reinterpret_cast<const std::uint8_t*>(block.data()), block.size(), 1);
            if (taken < 0) return "(broken)";
            block.remove_prefix(static_cast<std::size_t>(taken));
            if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0) continue;
            const auto text = [](const std::uint8_t* bytes, std::size_t size) {
                return std::string{reinterpret_cast<const char*>(bytes), size};
            };
            lines += text(pair.name, pair.namelen) + ": " + text(pair.value, pair.valuelen) + "\n";
        }
        nghttp2_hd_inflate_end_headers(inflater_);
        return lines;
    }

 private:
    nghttp2_hd_inflater* inflater_ = nullptr;
};

/// What a server sends on one connection: at once, then after so many requests have begun.
struct FrameScript {
    struct Step {
        std::size_t requests;
        std::string bytes;
    };
    std::vector<Step> steps;
    std::string opening = settings();
    /// Closes after the last step. Else when the client does, or says GOAWAY.
    bool close = false;
};

/// Servers in memory, one connection after the other, each with its script.
class FramePeer {
 public:
    explicit FramePeer(EventLoop& loop) : loop_{loop} {}

    Client::Connector connector() {
        return [this](const CallContext&) { return connect(); };
    }
    /// Waits for the last connection, and lets both its ends go.
    Task<void> end() {
        co_await close_and_wait(gate_);
        for (int turn = 0; turn < 20; ++turn) co_await hop_to(loop_);
    }
    /// How many frames of that type came, on that stream unless it is 0.
    std::size_t count(FrameType type, std::uint32_t stream = 0) const {
        std::size_t found = 0;
        for (const auto& one : frames) found += one.type == type && (stream == 0 || one.stream == stream) ? 1 : 0;
        return found;
    }

    /// There is one.
    const Frame& first(FrameType type) const {
        return *std::ranges::find_if(frames, [type](const Frame& one) { return one.type == type; });
    }

    std::deque<FrameScript> scripts;
    std::vector<Frame> frames;
    int connections = 0;
    /// Requests that had begun and to which no step had answered yet; for scripts with a step for each.
    std::size_t outstanding_max = 0;

 private:
    Task<Result<std::unique_ptr<net::Stream>>> connect() {
        if (scripts.empty()) co_return unavailable("no connection to peer:80");
        ++connections;
        auto pair = tw::test::MemoryStream::make_pair(loop_);
        auto script = std::move(scripts.front());
        scripts.pop_front();
        spawn(gate_, serve(std::move(pair.second), std::move(script)));
        co_return std::unique_ptr<net::Stream>{std::move(pair.first)};
    }

    Task<void> serve(std::unique_ptr<tw::test::MemoryStream> stream, FrameScript script) {
        static_cast<void>(co_await stream->write_all(script.opening));
        std::string unread;
        std::size_t requests = 0;
        std::size_t step = 0;
        FieldReader fields;
        std::array<char, 16 * 1024> chunk;
        const std::span<char> into{chunk};
        bool preface = true;
        while (true) {
            const auto count = co_await stream->read_some(into);
            if (!count || *count == 0) co_return;
            unread.append(chunk.data(), *count);
            if (preface) unread.erase(0, kPrefaceBytes);
            preface = false;
            bool left = false;
            for (auto next = take(unread); next; next = take(unread)) {
                const bool begins = next->type == FrameType::headers;
                if (begins) next->fields = fields.read(next->payload);
                requests += begins ? 1 : 0;
                left = left || next->type == FrameType::goaway;
                frames.push_back(std::move(*next));
            }
            outstanding_max = std::max(outstanding_max, requests - step);
            for (; step < script.steps.size() && script.steps[step].requests <= requests; ++step) {
                const auto& bytes = script.steps[step].bytes;
                if (!bytes.empty() && !co_await stream->write_all(bytes)) co_return;
            }
            if (left || (script.close && step == script.steps.size())) co_return;
        }
    }

    static std::optional<Frame> take(std::string& bytes) {
        constexpr std::size_t kHeadBytes = 9;
        if (bytes.size() < kHeadBytes) return std::nullopt;
        const auto at = [&bytes](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])); };
        const auto length = at(0) << 16 | at(1) << 8 | at(2);
        if (bytes.size() < kHeadBytes + length) return std::nullopt;
        Frame one{static_cast<FrameType>(at(3)),
                  static_cast<std::uint8_t>(at(4)),
                  (at(5) & 0x7f) << 24 | at(6) << 16 | at(7) << 8 | at(8),
                  bytes.substr(kHeadBytes, length),
                  {}};
        bytes.erase(0, kHeadBytes + length);
        return one;
    }

    /// "PRI * HTTP/2.0" and what follows, which comes in the client's first write.
    static constexpr std::size_t kPrefaceBytes = 24;

    EventLoop& loop_;
    Gate gate_;
};

/// A client of HTTP/2 with its servers.
class Http2ClientTest : public testing::Test {
 protected:
    Http2ClientTest() { options.http2_prior_knowledge = true; }
    ~Http2ClientTest() override {
        client_.reset();
        run_until_done(loop, peer.end());
    }
    Client& client() {
        if (!client_) client_ = std::make_unique<Client>(loop, "peer:80", options, peer.connector());
        return *client_;
    }
    Result<ClientResponse> send(ClientRequest request = {}) {
        return run_until_done(loop, client().send(call.context(), std::move(request)));
    }
    /// So many at once.
    std::vector<Result<ClientResponse>> send_all(std::size_t count) {
        std::vector<Task<Result<ClientResponse>>> sends;
        for (std::size_t i = 0; i < count; ++i) sends.push_back(client().send(call.context(), {}));
        return run_until_done(loop, all(std::move(sends)));
    }

    EventLoop loop;
    /// What would hang fails.
    RootCall call{loop, Deadline::after(loop.now(), std::chrono::seconds{20})};
    FramePeer peer{loop};
    ClientOptions options;

 private:
    std::unique_ptr<Client> client_;
};

}  // namespace tw::http::test
