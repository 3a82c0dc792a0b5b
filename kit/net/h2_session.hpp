#pragma once

#include "kit/async/timer_wheel.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"
#include "kit/net/h2_keepalive.hpp"
#include "kit/net/h2_memory.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct nghttp2_session;

/// HTTP/2 (RFC 9113) without I/O: bytes come in, bytes go out, streams are told what happened. Either side of a connection.
namespace tw::net {

/// A header or trailer field to be sent.
struct H2Field {
    std::string_view name;
    std::string_view value;
    /// Name and value stay where they are until the stream is closed: nothing is copied.
    bool stable = false;
    /// The same on many streams, so worth a place in the peer's table (RFC 7541 §2.3.2).
    bool repeats = false;
    /// Only the name is, and it is static text: the first of them on a connection gives it that place, with its value.
    bool name_repeats = false;
};

/// RFC 9113 §7. Numbers outside the list occur.
enum class H2Code : std::uint32_t {
    no_error = 0,
    protocol_error = 1,
    internal_error = 2,
    flow_control_error = 3,
    refused_stream = 7,
    cancel = 8,
    enhance_your_calm = 11,
    inadequate_security = 12,
    connection_lost = 0xffff'ffff,  ///< ours, never on the wire: the connection ended before the stream did
};

/// What one side grants the other.
struct H2Limits {
    std::uint32_t streams_max = 100;
    std::uint32_t stream_window_bytes = 64 * 1024;
    std::uint32_t connection_window_bytes = 1024 * 1024;
    /// Told to the peer (SETTINGS_MAX_HEADER_LIST_SIZE); four times as much ends the stream. In between the stream decides.
    std::uint32_t header_bytes_max = 8 * 1024;
    /// Streams that the peer opens and resets, or makes us reset, within ten seconds (CVE-2023-44487, CVE-2025-8671), beside as
    /// many as it let us answer: clients whose deadlines pass are no attackers.
    std::uint32_t resets_max = 100;
    /// Frames that ask for nothing and bring nothing (PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty DATA, unknown ones) between
    /// two frames of answers, within ten seconds (CVE-2019-9512, CVE-2019-9515, CVE-2019-9518).
    std::uint32_t idle_frames_max = 1000;
    /// How long a peer may take none of the bytes that are sent, before the connection is closed.
    std::chrono::milliseconds write_time_max{15'000};
    /// How a peer is noticed that has gone without a word.
    KeepaliveOptions keepalive;
    /// How often the peer may ask the same of us.
    PingLimits pings;
};

/// What a server says, as gRPC defines it, to a client whose pings it has had enough of (gRFC A8).
inline constexpr std::string_view kTooManyPings = "too_many_pings";

class H2Session;

/// One stream, from one side. Whoever derives from it is told what comes, from within H2Session::receive, and may send at any
/// time. After on_close, which comes exactly once, or before its start, what it sends goes nowhere.
class H2Stream : private tw::detail::RingNode {
 public:
    H2Stream() = default;
    virtual ~H2Stream();

    bool open() const { return session_ != nullptr; }
    std::int32_t id() const { return id_; }
    /// Whether the peer has said that it sends no more.
    bool remote_ended() const { return remote_ended_; }

    /// Announces the answer, as a server may more than once: 100, 103 (RFC 9110 §15.2).
    void send_interim(std::span<const H2Field> fields);
    /// A server's answer begins; with `end` it is all there is.
    void send_headers(std::span<const H2Field> fields, bool end);
    /// Append what is to be sent, then call `send_queued`.
    std::string& outgoing() { return out_; }
    void send_queued();
    /// Bytes that flow control has not let go yet.
    std::size_t queued_bytes() const { return out_.size() - out_sent_; }
    /// Nothing follows what is queued but `trailers`, which stay where they are until the stream is closed.
    void finish(std::span<const H2Field> trailers = {});
    void reset(H2Code code);
    /// `bytes` of what on_data delivered have been dealt with: the peer may send as many more.
    void consume(std::size_t bytes);
    /// Calls on_room once, when no more than a stream's window is queued.
    void notify_room() { wants_room_ = true; }

 private:
    friend H2Session;
    virtual void on_field(std::string_view name, std::string_view value) = 0;
    /// The end of a block of fields: headers, or trailers.
    virtual void on_fields_end() = 0;
    virtual void on_data(std::string_view bytes) = 0;
    /// The peer sends no more.
    virtual void on_end() = 0;
    virtual void on_room() {}
    /// The stream is over. `refused`: the peer has certainly not looked at it.
    virtual void on_close(H2Code code) = 0;

    H2Session* session_ = nullptr;
    std::int32_t id_ = 0;
    bool remote_ended_ = false;
    bool fields_are_last_ = false;
    bool answering_ = false;
    bool deferred_ = false;
    bool out_ended_ = false;
    bool end_sent_ = false;
    bool headers_sent_ = false;
    bool wants_room_ = false;
    std::uint32_t field_bytes_ = 0;
    std::string out_;
    std::size_t out_sent_ = 0;
    std::span<const H2Field> trailers_;

 protected:
    /// As before the start, with the buffers' memory kept: for reuse after on_close.
    void recycle();
    /// Size of the fields that came, counted as RFC 9113 §6.5.2 says.
    std::uint32_t field_bytes() const { return field_bytes_; }
    /// A client's stream: the request's headers have been handed to the connection to be written, so the peer may have seen them.
    bool headers_sent() const { return headers_sent_; }
    /// Within on_fields_end: nothing follows these fields.
    bool fields_are_last() const { return fields_are_last_; }
    /// Within on_fields_end of the header: `heir`, which is no stream yet, has this stream from now on, and is told `fields` as
    /// if they had just come. This object is as after its end, but without on_close.
    void hand_over(H2Stream& heir, std::span<const H2Field> fields);
};

/// What concerns the connection as a whole. Called from within H2Session::receive.
class H2Events {
 public:
    virtual ~H2Events() = default;
    /// A request begins: the stream that takes it, or null to refuse it. Servers only.
    virtual H2Stream* on_request() { return nullptr; }
    /// There is one stream less.
    virtual void on_stream_gone() {}
    /// The peer takes no new streams. `debug`: what it says beside the code (RFC 9113 §6.8).
    virtual void on_goaway(H2Code /*code*/, std::string_view /*debug*/) {}
    /// The peer's settings came.
    virtual void on_settings() {}
    /// The connection is ended because of what the peer did; `what` is for logs.
    virtual void on_abuse(std::string_view /*what*/) {}
};

/// Remembers the moments of the last `count_max` events, to say when more than those fell into one period. What is in the peer's
/// favour makes up for as many.
class FloodGuard {
 public:
    FloodGuard(std::size_t count_max, std::chrono::nanoseconds period) : count_max_{count_max}, period_{period} {}
    /// Notes an event; true when it was one too many.
    bool note(SteadyTime now);
    /// The next event does not count. No more than `count_max` are saved up.
    void excuse_one() {
        if (excused_ < count_max_) ++excused_;
    }

 private:
    std::size_t count_max_;
    std::size_t excused_ = 0;
    std::chrono::nanoseconds period_;
    std::vector<SteadyTime> times_;
    std::size_t oldest_ = 0;
};

/// One side of one connection. Belongs to one loop; its end closes every stream.
///
/// Flow control: what arrives counts against the stream's window until the stream consumes it, so that a slow reader holds
/// up its own peer; the connection's window is given back at once, so that it does not hold up the other streams.
class H2Session {
 public:
    enum class Side : std::uint8_t { client, server };

    /// `on_output` is called, perhaps often, when there is something to send.
    H2Session(Side side, const H2Limits& limits, H2Events& events, std::move_only_function<void()> on_output);
    ~H2Session();
    H2Session(const H2Session&) = delete;
    H2Session& operator=(const H2Session&) = delete;

    /// An error means that the connection is of no use any more: what `pull` still gives says why, then it is `done`. Not to be
    /// called from within an event.
    Result<void> receive(std::string_view bytes, SteadyTime now);
    /// Appends to `out` what is to be sent, until it holds `bytes_max` or a little more. Not to be called from within an event.
    Result<void> pull(std::string& out, std::size_t bytes_max);
    /// Nothing will be sent or received any more: close the connection.
    bool done() const;

    /// Opens a stream; false where the peer takes no more streams. With `end` the request has no body. Clients only.
    bool request(H2Stream& stream, std::span<const H2Field> fields, bool end);
    /// How many streams the peer allows now.
    std::size_t remote_streams_max() const;
    std::size_t streams() const { return streams_open_; }
    /// Of either side, since the start.
    std::uint64_t streams_started() const { return streams_started_; }

    /// Says that no new streams are welcome; those that are under way or on their way are still served (RFC 9113 §6.8: first the
    /// highest id, then, a round trip later, the last one that was taken). `done` follows when they have ended.
    void drain();
    /// Ends the connection with a GOAWAY that says `code`, and `why` as debug data; `done` follows when it has been pulled. May
    /// be called at any time.
    void terminate(H2Code code, std::string_view why);
    /// Ends every stream now with `code`; what they send goes nowhere.
    void abandon(H2Code code);
    /// Asks the peer for a sign of life. Not to be called from within an event.
    void ping();
    /// How often the peer has asked for one.
    std::uint64_t pings_received() const { return pings_received_; }
    /// Nothing has happened for a while: gives back the memory that is of no use until something does.
    void rest();

 private:
    friend H2Stream;
    struct Callbacks;

    void submit_settings(const H2Limits& limits);
    bool worth_a_place(const H2Field& field);
    H2Stream* find(std::int32_t id);
    void attach(H2Stream& stream, std::int32_t id);
    void detach(H2Stream& stream, H2Code code);
    void note_reset();
    void note_idle_frame();
    void note_ping();
    void note_request(std::int32_t id);

    Side side_;
    H2Limits limits_;
    H2Events& events_;
    std::move_only_function<void()> on_output_;
    H2Memory memory_;
    nghttp2_session* session_ = nullptr;
    tw::detail::RingNode streams_;
    std::size_t streams_open_ = 0;
    std::uint64_t streams_started_ = 0;
    /// The stream that was looked up last: frames and fields of one stream come in a row.
    H2Stream* recent_ = nullptr;
    /// Names that the peer has in its table, unless others have displaced them, which costs bytes and nothing else.
    std::vector<std::string_view> names_placed_;
    SteadyTime now_{};
    FloodGuard resets_;
    bool draining_ = false;
    /// The connection is of no use any more: the last frame, which is all that will be sent.
    std::optional<std::string> last_words_;
    PingStrikes pings_;
    std::uint64_t pings_received_ = 0;
    /// Where nghttp2 writes frames, as seen with the first one: that place it keeps.
    const void* frame_at_ = nullptr;
    std::uint32_t idle_frames_ = 0;
    SteadyTime idle_frames_since_{};
    /// Of the peer's requests: the last id, and the ids that it passed over, as first and last of each gap.
    std::int32_t last_request_ = -1;
    std::vector<std::pair<std::int32_t, std::int32_t>> skipped_;
    std::vector<std::int32_t> with_room_;
    /// Where pull() collects, and how much; of use only while it does.
    std::string* pulled_ = nullptr;
    std::size_t pulled_bytes_max_ = 0;
};

}  // namespace tw::net
