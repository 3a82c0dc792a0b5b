#include "kit/net/h2_session.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <nghttp2/nghttp2.h>

namespace tw::net {
namespace {

constexpr std::chrono::seconds kResetPeriod{10};
/// Answers to PING and SETTINGS that may queue up for a peer that does not read them.
constexpr std::size_t kAcksMax = 100;
constexpr std::size_t kSettingsMax = 32;
constexpr std::size_t kContinuationsMax = 8;
/// What a field costs beside its bytes (RFC 9113 §6.5.2).
constexpr std::uint32_t kFieldOverheadBytes = 32;

std::uint8_t* bytes_of(std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

/// The same fields as nghttp2 wants them.
class FieldArray {
 public:
    explicit FieldArray(std::span<const H2Field> fields) : size_{fields.size()} {
        if (size_ > few_.size()) many_.resize(size_);
        auto* out = data();
        for (const auto& field : fields) {
            std::uint8_t flags = NGHTTP2_NV_FLAG_NONE;
            if (field.stable) flags |= NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;
            if (!field.repeats) flags |= NGHTTP2_NV_FLAG_NO_INDEX;
            *out++ = {bytes_of(field.name), bytes_of(field.value), field.name.size(), field.value.size(), flags};
        }
    }
    nghttp2_nv* data() { return many_.empty() ? few_.data() : many_.data(); }
    std::size_t size() const { return size_; }

 private:
    std::size_t size_;
    std::array<nghttp2_nv, 12> few_;
    std::vector<nghttp2_nv> many_;
};

std::string_view view(const std::uint8_t* bytes, std::size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

}  // namespace

bool FloodGuard::note(SteadyTime now) {
    if (times_.size() < count_max_) {
        times_.push_back(now);
        return false;
    }
    if (count_max_ == 0) return true;
    const auto first = std::exchange(times_[oldest_], now);
    oldest_ = (oldest_ + 1) % count_max_;
    return now - first < period_;
}

/// What nghttp2 calls. It is C: nothing may be thrown through it.
struct H2Session::Callbacks {
    static H2Session& self(void* user) { return *static_cast<H2Session*>(user); }

    static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
        auto& session = self(user);
        if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
        auto* const stream = session.events_.on_request();
        if (stream == nullptr) {
            nghttp2_submit_rst_stream(session.session_, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_REFUSED_STREAM);
            return 0;
        }
        session.attach(*stream, frame->hd.stream_id);
        nghttp2_session_set_stream_user_data(session.session_, frame->hd.stream_id, stream);
        return 0;
    }

    static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                      const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) noexcept {
        auto& session = self(user);
        auto* const stream = session.find(frame->hd.stream_id);
        if (stream == nullptr) return 0;
        stream->field_bytes_ += static_cast<std::uint32_t>(name_size + value_size) + kFieldOverheadBytes;
        // A small block can unfold to a large list (HPACK bomb): past this, the stream is not worth an answer.
        if (stream->field_bytes_ > 4 * session.limits_.header_bytes_max) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        stream->on_field(view(name, name_size), view(value, value_size));
        return 0;
    }

    static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
        auto& session = self(user);
        switch (frame->hd.type) {
            case NGHTTP2_HEADERS:
                if (auto* stream = session.find(frame->hd.stream_id)) stream->on_fields_end();
                return end_of_stream(session, frame);
            case NGHTTP2_DATA:
                return end_of_stream(session, frame);
            case NGHTTP2_RST_STREAM:
                session.note_reset();
                return 0;
            case NGHTTP2_GOAWAY:
                session.events_.on_goaway();
                return 0;
            case NGHTTP2_SETTINGS:
                if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) session.events_.on_settings();
                return 0;
            case NGHTTP2_PING:
                if (session.draining_ && (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) finish_drain(session);
                return 0;
            default:
                return 0;
        }
    }

    static int end_of_stream(H2Session& session, const nghttp2_frame* frame) {
        if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
        // Asked for again, since the end of the fields may have closed it.
        if (auto* stream = session.find(frame->hd.stream_id)) {
            stream->remote_ended_ = true;
            stream->on_end();
        }
        return 0;
    }

    /// The client has answered what followed the first GOAWAY: whatever it sent before it knew has arrived.
    static void finish_drain(H2Session& session) {
        const auto last = nghttp2_session_get_last_proc_stream_id(session.session_);
        nghttp2_submit_goaway(session.session_, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0);
    }

    static int invalid_frame(nghttp2_session*, const nghttp2_frame*, int, void* user) noexcept {
        self(user).note_reset();
        return 0;
    }

    static int data_chunk(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size,
                          void* user) noexcept {
        auto& session = self(user);
        nghttp2_session_consume_connection(session.session_, size);
        if (auto* stream = session.find(id)) stream->on_data(view(bytes, size));
        return 0;
    }

    static int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) noexcept {
        auto& session = self(user);
        if (auto* stream = session.find(id)) session.detach(*stream, static_cast<H2Code>(code));
        return 0;
    }

    static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
        auto& session = self(user);
        const bool ends = (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
                          (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        if (!ends || session.side_ != Side::server) return 0;
        // Answered before the request was complete: the client need not send the rest (RFC 9113 §8.1).
        auto* const stream = session.find(frame->hd.stream_id);
        if (stream != nullptr && !stream->remote_ended_) {
            nghttp2_submit_rst_stream(session.session_, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
        }
        return 0;
    }

    /// nghttp2 asks for up to `size` bytes of a body.
    static ssize_t read_body(nghttp2_session* raw, std::int32_t id, std::uint8_t* out, std::size_t size, std::uint32_t* flags,
                             nghttp2_data_source*, void* user) noexcept {
        auto& session = self(user);
        auto* const found = session.find(id);
        if (found == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        auto& stream = *found;
        const auto count = std::min(size, stream.queued_bytes());
        if (count > 0) std::memcpy(out, stream.out_.data() + stream.out_sent_, count);
        stream.out_sent_ += count;
        if (stream.queued_bytes() == 0) {
            stream.out_.clear();
            stream.out_sent_ = 0;
            if (stream.out_ended_) {
                stream.end_sent_ = true;
                *flags |= NGHTTP2_DATA_FLAG_EOF;
                if (!stream.trailers_.empty()) {
                    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
                    FieldArray trailers{stream.trailers_};
                    nghttp2_submit_trailer(raw, id, trailers.data(), trailers.size());
                }
            } else if (count == 0) {
                stream.deferred_ = true;
                return NGHTTP2_ERR_DEFERRED;
            }
        }
        if (stream.wants_room_ && stream.queued_bytes() <= session.limits_.stream_window_bytes) {
            stream.wants_room_ = false;
            session.with_room_.push_back(id);
        }
        return static_cast<ssize_t>(count);
    }

    static nghttp2_mem allocator(H2Memory& memory) {
        return {.mem_user_data = &memory,
                .malloc = [](std::size_t bytes, void* user) { return static_cast<H2Memory*>(user)->take(bytes); },
                .free = [](void* piece, void* user) { static_cast<H2Memory*>(user)->give(piece); },
                .calloc =
                    [](std::size_t count, std::size_t bytes, void* user) {
                        auto* const piece = static_cast<H2Memory*>(user)->take(count * bytes);
                        if (piece != nullptr) std::memset(piece, 0, count * bytes);
                        return piece;
                    },
                .realloc = [](void* piece, std::size_t bytes,
                              void* user) { return static_cast<H2Memory*>(user)->resize(piece, bytes); }};
    }

    static nghttp2_session_callbacks* make() {
        nghttp2_session_callbacks* callbacks = nullptr;
        nghttp2_session_callbacks_new(&callbacks);
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_headers);
        nghttp2_session_callbacks_set_on_header_callback(callbacks, header);
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_received);
        nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, invalid_frame);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data_chunk);
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, stream_closed);
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frame_sent);
        return callbacks;
    }

    static nghttp2_option* options() {
        nghttp2_option* option = nullptr;
        nghttp2_option_new(&option);
        nghttp2_option_set_no_auto_window_update(option, 1);
        nghttp2_option_set_no_closed_streams(option, 1);
        nghttp2_option_set_max_outbound_ack(option, kAcksMax);
        nghttp2_option_set_max_settings(option, kSettingsMax);
        nghttp2_option_set_max_continuations(option, kContinuationsMax);
        // Ours is stricter and says ENHANCE_YOUR_CALM.
        nghttp2_option_set_stream_reset_rate_limit(option, 1'000'000, 1'000'000);
        return option;
    }
};

H2Session::H2Session(Side side, const H2Limits& limits, H2Events& events, std::move_only_function<void()> on_output)
    : side_{side}, limits_{limits}, events_{events}, on_output_{std::move(on_output)}, resets_{limits.resets_max, kResetPeriod} {
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
    const auto taken = nghttp2_session_mem_recv(session_, bytes_of(bytes), bytes.size());
    if (taken < 0) return unavailable("the peer broke HTTP/2: " + std::string{nghttp2_strerror(static_cast<int>(taken))});
    return {};
}

Result<void> H2Session::pull(std::string& out, std::size_t bytes_max) {
    while (out.size() < bytes_max) {
        const std::uint8_t* bytes = nullptr;
        const auto size = nghttp2_session_mem_send(session_, &bytes);
        if (size < 0) return unavailable("HTTP/2: " + std::string{nghttp2_strerror(static_cast<int>(size))});
        if (size == 0) break;
        out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
    // Writers go on only here, outside nghttp2.
    for (const auto id : std::exchange(with_room_, {})) {
        if (auto* stream = find(id)) stream->on_room();
    }
    return {};
}

bool H2Session::done() const { return nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0; }

bool H2Session::request(H2Stream& stream, std::span<const H2Field> fields, bool end) {
    FieldArray array{fields};
    nghttp2_data_provider body{{.ptr = nullptr}, Callbacks::read_body};
    if (nghttp2_session_check_request_allowed(session_) == 0) return false;
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
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
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
    recent_ = &stream;
}

void H2Session::detach(H2Stream& stream, H2Code code) {
    nghttp2_session_set_stream_user_data(session_, stream.id_, nullptr);
    if (recent_ == &stream) recent_ = nullptr;
    stream.unlink();
    stream.session_ = nullptr;
    --streams_open_;
    stream.on_close(code);
    events_.on_stream_gone();
}

void H2Session::note_reset() {
    if (side_ == Side::server && resets_.note(now_)) nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
}

H2Stream::~H2Stream() {
    // Whoever destroys an open stream cannot be told of its end; the peer is, unless both have said all they had to say.
    if (session_ == nullptr) return;
    if (!remote_ended_ || !end_sent_) reset(H2Code::cancel);
    nghttp2_session_set_stream_user_data(session_->session_, id_, nullptr);
    if (session_->recent_ == this) session_->recent_ = nullptr;
    --session_->streams_open_;
    unlink();
    session_->events_.on_stream_gone();
}

void H2Stream::send_headers(std::span<const H2Field> fields, bool end) {
    if (session_ == nullptr || answering_) return;
    answering_ = true;
    end_sent_ = end;
    FieldArray array{fields};
    nghttp2_data_provider body{{.ptr = nullptr}, H2Session::Callbacks::read_body};
    nghttp2_submit_response(session_->session_, id_, array.data(), array.size(), end ? nullptr : &body);
    session_->on_output_();
}

void H2Stream::send_queued() {
    if (session_ == nullptr) return;
    if (std::exchange(deferred_, false)) nghttp2_session_resume_data(session_->session_, id_);
    session_->on_output_();
}

void H2Stream::finish(std::span<const H2Field> trailers) {
    out_ended_ = true;
    trailers_ = trailers;
    send_queued();
}

void H2Stream::reset(H2Code code) {
    if (session_ == nullptr) return;
    nghttp2_submit_rst_stream(session_->session_, NGHTTP2_FLAG_NONE, id_, static_cast<std::uint32_t>(code));
    session_->on_output_();
}

void H2Stream::consume(std::size_t bytes) {
    if (session_ == nullptr || bytes == 0) return;
    nghttp2_session_consume_stream(session_->session_, id_, bytes);
    session_->on_output_();
}

void H2Stream::recycle() {
    session_ = nullptr;
    id_ = 0;
    remote_ended_ = answering_ = deferred_ = out_ended_ = end_sent_ = wants_room_ = false;
    field_bytes_ = 0;
    out_.clear();
    out_sent_ = 0;
    trailers_ = {};
}

}  // namespace tw::net
