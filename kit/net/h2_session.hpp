#pragma once

#include "kit/async/timer_wheel.hpp"
#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"
#include "kit/net/h2/h2_memory.hpp"
#include "kit/net/h2_keepalive.hpp"

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

/// HTTP/2 (RFC 9113) without I/O, for either side of a connection. The caller passes received bytes
/// in and fetches the bytes to send. Streams are notified of events.
namespace tw::net {

/// A header or trailer field to be sent.
struct H2Field {
    std::string_view name;
    std::string_view value;
    /// Whether name and value stay at their addresses until the stream is closed, so that they need
    /// not be copied.
    bool stable = false;
    /// Whether the same field is sent on many streams, so that it is added to the peer's table (RFC
    /// 7541 §2.3.2).
    bool repeats = false;
    /// Whether only the name is sent on many streams, and is static text. The first such field on a
    /// connection is added to the peer's table, with its value.
    bool name_repeats = false;
};

/// The error codes of RFC 9113 §7. Numbers outside the list occur.
enum class H2Code : std::uint32_t {
    no_error = 0,
    protocol_error = 1,
    internal_error = 2,
    flow_control_error = 3,
    refused_stream = 7,
    cancel = 8,
    enhance_your_calm = 11,
    inadequate_security = 12,
    connection_lost = 0xffff'ffff,  ///< never sent: the connection ended before the stream did
};

/// What one side allows the other.
struct H2Limits {
    std::uint32_t streams_max = 100;
    std::uint32_t stream_window_bytes = 64 * 1024;
    std::uint32_t connection_window_bytes = 1024 * 1024;
    /// The limit that is announced to the peer (SETTINGS_MAX_HEADER_LIST_SIZE). A header of four
    /// times this size ends the stream. Between the two, the stream decides.
    std::uint32_t header_bytes_max = 8 * 1024;
    /// How many streams the peer may open and reset, or make this side reset, within ten seconds
    /// (CVE-2023-44487, CVE-2025-8671). Each answered stream allows one more reset: clients whose
    /// deadlines pass are no attackers.
    std::uint32_t resets_max = 100;
    /// How many frames without effect (PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty DATA, unknown
    /// ones) the peer may send between two frames of answers, within ten seconds (CVE-2019-9512,
    /// CVE-2019-9515, CVE-2019-9518).
    std::uint32_t idle_frames_max = 1000;
    /// How long a peer may accept none of the sent bytes before the connection is closed.
    std::chrono::milliseconds write_time_max{15'000};
    /// How a peer is detected that is gone without closing the connection.
    KeepaliveOptions keepalive;
    /// How often the peer may send pings.
    PingLimits pings;
};

/// The debug text that a server sends, as gRPC defines it, to a client that sent too many pings
/// (gRFC A8).
inline constexpr std::string_view kTooManyPings = "too_many_pings";

class H2Session;

/// One stream, seen from one side. Derived classes are notified from within H2Session::receive, and
/// may send at any time. Output that is sent before the start or after on_close is dropped.
/// on_close is called exactly once.
class H2Stream : private tw::detail::RingNode {
 public:
    H2Stream() = default;
    virtual ~H2Stream();

    bool open() const { return session_ != nullptr; }
    std::int32_t id() const { return id_; }
    /// Whether the peer has said that it sends no more.
    bool remote_ended() const { return remote_ended_; }

    /// Sends an interim answer (100, 103; RFC 9110 §15.2). A server may send several before the
    /// final one.
    void send_interim(std::span<const H2Field> fields);
    /// Begins a server's answer. With `end` the answer has no body.
    void send_headers(std::span<const H2Field> fields, bool end);
    /// The output buffer. Append the bytes to send, then call `send_queued`.
    std::string& outgoing() { return out_; }
    void send_queued();
    /// How many bytes wait for flow control.
    std::size_t queued_bytes() const { return out_.size() - out_sent_; }
    /// Ends the output after the queued bytes, with `trailers`, which must stay at their address
    /// until the stream is closed.
    void finish(std::span<const H2Field> trailers = {});
    void reset(H2Code code);
    /// Reports that `bytes` of the data from on_data have been handled. The peer may then send as
    /// many more.
    void consume(std::size_t bytes);
    /// Calls on_room once, when no more than a stream's window is queued.
    void notify_room() { wants_room_ = true; }

 private:
    friend H2Session;
    virtual void on_field(std::string_view name, std::string_view value) = 0;
    /// A block of fields is complete: headers, or trailers.
    virtual void on_fields_end() = 0;
    virtual void on_data(std::string_view bytes) = 0;
    /// The peer sends no more.
    virtual void on_end() = 0;
    virtual void on_room() {}
    /// The stream is over. With `refused` the peer has certainly not handled it.
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
    /// Resets the object to its state before the start and keeps the buffers' memory. Call it after
    /// on_close, for reuse.
    void recycle();
    /// The size of the received fields, counted as in RFC 9113 §6.5.2.
    std::uint32_t field_bytes() const { return field_bytes_; }
    /// For a client's stream: whether the request's headers have been passed on for writing, so
    /// that the peer may have seen them.
    bool headers_sent() const { return headers_sent_; }
    /// For a client's stream that has waited in vain since `since`. Tells the connection
    /// (H2Events::on_silence) if nothing at all has come from the peer since then.
    void report_silence(SteadyTime since, SteadyTime now);
    /// Within on_fields_end: whether nothing follows these fields.
    bool fields_are_last() const { return fields_are_last_; }
    /// Call this within on_fields_end of the header. `heir`, which has no stream yet, takes over
    /// this stream, and is notified of `fields` as if they had just come. This object is then in
    /// the state after its end, without a call of on_close.
    void hand_over(H2Stream& heir, std::span<const H2Field> fields);
};

/// Events of the connection as a whole. They are called from within H2Session::receive, unless
/// their comments say otherwise.
class H2Events {
 public:
    virtual ~H2Events() = default;
    /// A request begins. Returns the stream that takes it, or null to refuse it. For servers only.
    virtual H2Stream* on_request() { return nullptr; }
    /// A stream has ended.
    virtual void on_stream_gone() {}
    /// The peer accepts no new streams. `debug` is the text that it sent with the code (RFC 9113
    /// §6.8).
    virtual void on_goaway(H2Code /*code*/, std::string_view /*debug*/) {}
    /// The peer's settings have come.
    virtual void on_settings() {}
    /// A stream has waited in vain, and the peer may be gone. It is called at most once between two
    /// answers of the peer and once in five minutes, since a gRPC server bears so many pings (gRFC
    /// A8). It may be called at any time.
    virtual void on_silence() {}
    /// The connection is ended because of the peer's behaviour. `what` is for logs.
    virtual void on_abuse(std::string_view /*what*/) {}
};

/// Detects when more than `count_max` events fall into one period. Each excuse makes up for one
/// event.
class FloodGuard {
 public:
    FloodGuard(std::size_t count_max, std::chrono::nanoseconds period) : count_max_{count_max}, period_{period} {}
    /// Notes an event. Returns true if it was one too many.
    bool note(SteadyTime now);
    /// The next event will not count. At most `count_max` excuses are saved up.
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

/// One side of one connection. It belongs to one loop. Its destructor closes every stream.
///
/// Flow control: received data counts against the stream's window until the stream consumes it, so
/// that a slow reader stops its own peer. The connection's window is restored at once, so that one
/// stream does not stop the others.
class H2Session {
 public:
    enum class Side : std::uint8_t { client, server };

    /// `on_output` is called, perhaps often, when there is something to send.
    H2Session(Side side, const H2Limits& limits, H2Events& events, std::move_only_function<void()> on_output);
    ~H2Session();
    H2Session(const H2Session&) = delete;
    H2Session& operator=(const H2Session&) = delete;

    /// Handles received bytes. After an error the connection cannot be used any more: `pull` still
    /// returns the reason, then the session is `done`. It must not be called from within an event.
    Result<void> receive(std::string_view bytes, SteadyTime now);
    /// Appends output to `out`, until it holds `bytes_max` or a little more. It must not be called
    /// from within an event.
    Result<void> pull(std::string& out, std::size_t bytes_max);
    /// Whether nothing will be sent or received any more. Close the connection then.
    bool done() const;

    /// Opens a stream. Returns false if the peer accepts no more streams. With `end` the request
    /// has no body. For clients only.
    bool request(H2Stream& stream, std::span<const H2Field> fields, bool end);
    /// How many streams the peer allows now.
    std::size_t remote_streams_max() const;
    std::size_t streams() const { return streams_open_; }
    /// How many streams either side has opened since the start.
    std::uint64_t streams_started() const { return streams_started_; }
    /// Since when the header of a request has been arriving; nothing while there is none. At most
    /// one arrives at a time (RFC 9113 §4.3). For servers only.
    std::optional<SteadyTime> header_since() const { return header_since_; }

    /// Announces that no new streams are accepted. Streams that are open, or were sent before the
    /// peer knew, are still served (RFC 9113 §6.8: the first GOAWAY has the highest id, and the
    /// second, a round trip later, the last one that was accepted). The session is `done` when they
    /// have ended.
    void drain();
    /// Ends the connection with a GOAWAY with `code`, and `why` as debug data. The session is
    /// `done` when that has been pulled. It may be called at any time.
    void terminate(H2Code code, std::string_view why);
    /// Ends every stream now with `code`. Their output is dropped.
    void abandon(H2Code code);
    /// Sends a ping. It must not be called from within an event.
    void ping();
    /// How many pings the peer has sent.
    std::uint64_t pings_received() const { return pings_received_; }
    /// Frees memory that is not needed until something happens. Call it when nothing has happened
    /// for a while.
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
    void note_silence(SteadyTime since, SteadyTime now);

    Side side_;
    H2Limits limits_;
    H2Events& events_;
    std::move_only_function<void()> on_output_;
    H2Memory memory_;
    nghttp2_session* session_ = nullptr;
    tw::detail::RingNode streams_;
    std::size_t streams_open_ = 0;
    std::uint64_t streams_started_ = 0;
    /// The stream that was looked up last. Frames and fields of one stream often come in a row.
    H2Stream* recent_ = nullptr;
    /// The names that the peer has in its table. Others may have displaced them, which only costs
    /// bytes.
    std::vector<std::string_view> names_placed_;
    /// When something was received last.
    SteadyTime now_{};
    /// When on_silence was called last. Nothing if headers or data have come since.
    std::optional<SteadyTime> silence_told_at_;
    std::optional<SteadyTime> header_since_;
    /// The stream whose header has been arriving since then.
    std::int32_t header_id_ = 0;
    FloodGuard resets_;
    bool draining_ = false;
    /// The last frame, set when the connection cannot be used any more. Nothing else will be sent.
    std::optional<std::string> last_words_;
    PingStrikes pings_;
    std::uint64_t pings_received_ = 0;
    /// The address where nghttp2 writes frames, noted with the first one. It does not change.
    const void* frame_at_ = nullptr;
    std::uint32_t idle_frames_ = 0;
    SteadyTime idle_frames_since_{};
    /// The last id of the peer's requests, and the ids that the peer passed over, as first and last
    /// id of each gap.
    std::int32_t last_request_ = -1;
    std::vector<std::pair<std::int32_t, std::int32_t>> skipped_;
    std::vector<std::int32_t> with_room_;
    /// The buffer and the limit of pull(), valid only during the call.
    std::string* pulled_ = nullptr;
    std::size_t pulled_bytes_max_ = 0;
};

}  // namespace tw::net
