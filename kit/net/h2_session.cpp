#include "kit/net/h2_session.hpp"

#include "kit/net/h2/h2_callbacks.hpp"

#include <algorithm>
#include <utility>

namespace tw::net {
namespace {

constexpr std::chrono::seconds kResetPeriod{10};
constexpr std::chrono::seconds kIdleFramePeriod{10};
/// A server that allows a ping in five minutes, which is the default of gRPC, allows so many.
constexpr std::chrono::minutes kSilenceToldEvery{5};
/// How many gaps in the ids are remembered. Clients count without gaps, so the first ones are
/// enough to detect a violation.
constexpr std::size_t kSkippedMax = 16;

/// The longest debug text of a GOAWAY. It is enough to tell the cases apart, and lets a frame's
/// length fit into its last byte.
constexpr std::size_t kDebugBytesMax = 200;
constexpr std::array<std::uint8_t, 8> kAlivePing{'t', 'w', ' ', 'a', 'l', 'i', 'v', 'e'};

/// Makes a GOAWAY frame (RFC 9113 §6.8).
std::string goaway(std::int32_t last_stream, H2Code code, std::string_view debug) {
    debug = debug.substr(0, kDebugBytesMax);
    std::string frame{"\0\0\0\x07\0\0\0\0\0", 9};
    frame[2] = static_cast<char>(8 + debug.size());
    const auto append = [&frame](std::uint32_t number) {
        for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(number >> shift);
    };
    append(static_cast<std::uint32_t>(last_stream));
    append(static_cast<std::uint32_t>(code));
    return frame.append(debug);
}

H2Code code_of(int failure) {
    switch (failure) {
        case NGHTTP2_ERR_FLOODED:
        case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
            return H2Code::enhance_your_calm;
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
        case NGHTTP2_ERR_SETTINGS_EXPECTED:
            return H2Code::protocol_error;
        default:
            return H2Code::internal_error;
    }
}

}  // namespace

bool FloodGuard::note(SteadyTime now) {
    if (excused_ > 0) {
        --excused_;
        return false;
    }
    if (times_.size() < count_max_) {
        times_.push_back(now);
        return false;
    }
    if (count_max_ == 0) return true;
    const auto first = std::exchange(times_[oldest_], now);
    oldest_ = (oldest_ + 1) % count_max_;
    return now - first < period_;
}

H2Session::H2Session(Side side, const H2Limits& limits, H2Events& events, std::move_only_function<void()> on_output)
    : side_{side},
      limits_{limits},
      events_{events},
      on_output_{std::move(on_output)},
      resets_{limits.resets_max, kResetPeriod},
      pings_{limits.pings} {
    auto* const callbacks = Callbacks::make();
    auto* const option = Callbacks::options();
    const auto create = side == Side::server ? nghttp2_session_server_new3 : nghttp2_session_client_new3;
    auto memory = Callbacks::allocator(memory_);
    create(&session_, callbacks, this, option, &memory);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    submit_settings(limits);
}

H2Session::~H2Session() {
    abandon(H2Code::connection_lost);
    nghttp2_session_del(session_);
}

void H2Session::submit_settings(const H2Limits& limits) {
    std::vector<nghttp2_settings_entry> settings{{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.stream_window_bytes},
                                                 {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.header_bytes_max}};
    if (side_ == Side::server) {
        settings.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streams_max});
        settings.push_back({NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1});
    } else {
        settings.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
    }
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                          static_cast<std::int32_t>(limits.connection_window_bytes));
}

Result<void> H2Session::receive(std::string_view bytes, SteadyTime now) {
    now_ = now;
    if (!last_words_) {
        const auto taken = nghttp2_session_mem_recv(session_, bytes_of(bytes), bytes.size());
        if (taken < 0) terminate(code_of(static_cast<int>(taken)), nghttp2_strerror(static_cast<int>(taken)));
    }
    if (last_words_) return unavailable("the connection was ended because of what the peer did");
    return {};
}

Result<void> H2Session::pull(std::string& out, std::size_t bytes_max) {
    if (last_words_) {
        out += std::exchange(*last_words_, {});
        return {};
    }
    pulled_ = &out;
    pulled_bytes_max_ = bytes_max;
    while (out.size() < bytes_max) {
        const std::uint8_t* bytes = nullptr;
        const auto size = nghttp2_session_mem_send(session_, &bytes);
        if (size < 0) return unavailable("HTTP/2: " + std::string{nghttp2_strerror(static_cast<int>(size))});
        if (size == 0) break;
        if (frame_at_ == nullptr) frame_at_ = bytes;
        out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
    // Writers are resumed only here, outside of nghttp2.
    for (const auto id : std::exchange(with_room_, {})) {
        if (auto* stream = find(id)) stream->on_room();
    }
    return {};
}

bool H2Session::done() const {
    if (last_words_) return last_words_->empty();
    return nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
}

bool H2Session::worth_a_place(const H2Field& field) {
    if (field.repeats || !field.name_repeats) return field.repeats;
    if (std::ranges::find(names_placed_, field.name) != names_placed_.end()) return false;
    names_placed_.push_back(field.name);
    return true;
}

bool H2Session::request(H2Stream& stream, std::span<const H2Field> fields, bool end) {
    if (last_words_ || nghttp2_session_check_request_allowed(session_) == 0) return false;
    FieldArray array{fields, [this](const H2Field& field) { return worth_a_place(field); }};
    nghttp2_data_provider body{{.ptr = nullptr}, Callbacks::read_body};
    const auto id = nghttp2_submit_request(session_, nullptr, array.data(), array.size(), end ? nullptr : &body, &stream);
    if (id < 0) return false;
    attach(stream, id);
    stream.answering_ = true;
    stream.end_sent_ = end;
    on_output_();
    return true;
}

std::size_t H2Session::remote_streams_max() const {
    return nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

void H2Session::drain() {
    if (std::exchange(draining_, true)) return;
    nghttp2_submit_shutdown_notice(session_);
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, kDrainPing.data());
    on_output_();
}

void H2Session::abandon(H2Code code) {
    while (streams_.linked()) detach(static_cast<H2Stream&>(*streams_.next), code);
}

H2Stream* H2Session::find(std::int32_t id) {
    if (recent_ != nullptr && recent_->id_ == id) return recent_;
    auto* const stream = static_cast<H2Stream*>(nghttp2_session_get_stream_user_data(session_, id));
    if (stream != nullptr) recent_ = stream;
    return stream;
}

void H2Session::attach(H2Stream& stream, std::int32_t id) {
    stream.session_ = this;
    stream.id_ = id;
    stream.insert_before(streams_);
    ++streams_open_;
    ++streams_started_;
    recent_ = &stream;
}

void H2Session::detach(H2Stream& stream, H2Code code) {
    nghttp2_session_set_stream_user_data(session_, stream.id_, nullptr);
    if (recent_ == &stream) recent_ = nullptr;
    if (stream.id_ == header_id_) header_since_.reset();
    stream.unlink();
    stream.session_ = nullptr;
    --streams_open_;
    stream.on_close(code);
    events_.on_stream_gone();
}

void H2Session::note_reset() {
    if (side_ == Side::server && resets_.note(now_)) terminate(H2Code::enhance_your_calm, "too many streams were reset");
}

void H2Session::note_idle_frame() {
    if (side_ == Side::client) return;
    if (now_ - idle_frames_since_ >= kIdleFramePeriod) {
        idle_frames_since_ = now_;
        idle_frames_ = 0;
    }
    if (++idle_frames_ > limits_.idle_frames_max) terminate(H2Code::enhance_your_calm, "too many frames that ask for nothing");
}

/// Notes the id of a request and ends the connection if an id was passed over before. nghttp2 takes
/// such an id for that of a closed stream, although it never was open (RFC 9113 §5.1.1).
void H2Session::note_request(std::int32_t id) {
    if (side_ == Side::client || id % 2 == 0) return;
    if (id > last_request_) {
        if (id > last_request_ + 2 && skipped_.size() < kSkippedMax) skipped_.emplace_back(last_request_ + 2, id - 2);
        last_request_ = id;
        return;
    }
    const auto within = [id](const auto& gap) { return gap.first <= id && id <= gap.second; };
    if (std::ranges::any_of(skipped_, within)) terminate(H2Code::protocol_error, "a stream's id is lower than the one before");
}

void H2Session::note_ping() {
    ++pings_received_;
    if (pings_.note(now_, streams_open_ > 0)) terminate(H2Code::enhance_your_calm, kTooManyPings);
}

void H2Session::note_silence(SteadyTime since, SteadyTime now) {
    if (now_ >= since || (silence_told_at_ && now - *silence_told_at_ < kSilenceToldEvery)) return;
    silence_told_at_ = now;
    events_.on_silence();
}

void H2Session::terminate(H2Code code, std::string_view why) {
    if (last_words_) return;
    last_words_ = goaway(side_ == Side::server ? std::max(last_request_, 0) : 0, code, why);
    events_.on_abuse(why);
    on_output_();
}

void H2Session::ping() {
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, kAlivePing.data());
    on_output_();
}

void H2Session::rest() {
    // The frame buffer is still needed while a frame is half written or waits to be written.
    if (streams_open_ == 0 && nghttp2_session_want_write(session_) == 0) memory_.forget_content(frame_at_);
    memory_.trim();
}

}  // namespace tw::net
