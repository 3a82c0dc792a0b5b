#include "kit/net/h2/h2_callbacks.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tw::net {
namespace {

/// How many answers to PING and SETTINGS may be queued for a peer that does not read them.
constexpr std::size_t kAcksMax = 100;
constexpr std::size_t kFrameHeadBytes = 9;
constexpr int kExtensionTypeFirst = NGHTTP2_CONTINUATION + 1;
constexpr int kTypeLast = 0xff;
constexpr std::size_t kSettingsMax = 32;
constexpr std::size_t kContinuationsMax = 8;
/// The cost of a field beside its bytes (RFC 9113 §6.5.2).
constexpr std::uint32_t kFieldOverheadBytes = 32;

std::string_view view(const std::uint8_t* bytes, std::size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

}  // namespace

int H2Session::Callbacks::begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user) noexcept {
    auto& session = self(user);
    switch (head->type) {
        case NGHTTP2_HEADERS:
            session.note_request(head->stream_id);
            break;
        case NGHTTP2_DATA:          // checked when its content is known
        case NGHTTP2_RST_STREAM:    // has a limit of its own
        case NGHTTP2_CONTINUATION:  // limited by nghttp2
            break;
        case NGHTTP2_PRIORITY:
            // nghttp2 ignores PRIORITY, which RFC 9113 deprecates. This rule still holds (§6.3).
            if (head->stream_id == 0) nghttp2_session_terminate_session(session.session_, NGHTTP2_PROTOCOL_ERROR);
            session.note_idle_frame();
            break;
        default:
            session.note_idle_frame();
    }
    return 0;
}

int H2Session::Callbacks::skip_extension_chunk(nghttp2_session*, const nghttp2_frame_hd*, const std::uint8_t*, std::size_t,
                                               void*) noexcept {
    return 0;
}

int H2Session::Callbacks::skip_extension(nghttp2_session*, void**, const nghttp2_frame_hd*, void*) noexcept {
    return NGHTTP2_ERR_CANCEL;
}

int H2Session::Callbacks::begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
    auto& session = self(user);
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    auto* const stream = session.events_.on_request();
    if (stream == nullptr) {
        nghttp2_submit_rst_stream(session.session_, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_REFUSED_STREAM);
        return 0;
    }
    session.attach(*stream, frame->hd.stream_id);
    session.header_id_ = frame->hd.stream_id;
    session.header_since_ = session.now_;
    nghttp2_session_set_stream_user_data(session.session_, frame->hd.stream_id, stream);
    return 0;
}

int H2Session::Callbacks::header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                                 const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) noexcept {
    auto& session = self(user);
    auto* const stream = session.find(frame->hd.stream_id);
    if (stream == nullptr) return 0;
    stream->field_bytes_ += static_cast<std::uint32_t>(name_size + value_size) + kFieldOverheadBytes;
    // A small block can expand to a large list (HPACK bomb). Beyond this size the stream is reset
    // without an answer.
    if (stream->field_bytes_ > 4 * session.limits_.header_bytes_max) {
        session.note_reset();
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    stream->on_field(view(name, name_size), view(value, value_size));
    return 0;
}

int H2Session::Callbacks::frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
    auto& session = self(user);
    switch (frame->hd.type) {
        case NGHTTP2_HEADERS:
            session.silence_told_at_.reset();
            session.header_since_.reset();
            if (auto* stream = session.find(frame->hd.stream_id)) {
                stream->fields_are_last_ = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
                stream->on_fields_end();
            }
            return end_of_stream(session, frame);
        case NGHTTP2_DATA:
            if (frame->hd.length <= frame->data.padlen && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0)
                session.note_idle_frame();
            return end_of_stream(session, frame);
        case NGHTTP2_RST_STREAM:
            session.note_reset();
            return 0;
        case NGHTTP2_GOAWAY:
            session.events_.on_goaway(static_cast<H2Code>(frame->goaway.error_code),
                                      view(frame->goaway.opaque_data, frame->goaway.opaque_data_len));
            return 0;
        case NGHTTP2_SETTINGS:
            if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) session.events_.on_settings();
            return 0;
        case NGHTTP2_PING:
            ping_received(session, *frame);
            return 0;
        default:
            return 0;
    }
}

int H2Session::Callbacks::end_of_stream(H2Session& session, const nghttp2_frame* frame) {
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    // The stream is looked up again, since the end of the fields may have closed it.
    if (auto* stream = session.find(frame->hd.stream_id)) {
        stream->remote_ended_ = true;
        stream->on_end();
    }
    return 0;
}

void H2Session::Callbacks::ping_received(H2Session& session, const nghttp2_frame& frame) {
    if ((frame.hd.flags & NGHTTP2_FLAG_ACK) == 0) return session.note_ping();
    // Only the answer to the ping after the first GOAWAY shows that everything sent before it has
    // arrived.
    const bool drains = std::ranges::equal(frame.ping.opaque_data, kDrainPing);
    if (session.draining_ && drains) finish_drain(session);
}

void H2Session::Callbacks::finish_drain(H2Session& session) {
    const auto last = nghttp2_session_get_last_proc_stream_id(session.session_);
    nghttp2_submit_goaway(session.session_, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0);
}

int H2Session::Callbacks::invalid_frame(nghttp2_session*, const nghttp2_frame*, int, void* user) noexcept {
    self(user).note_reset();
    return 0;
}

int H2Session::Callbacks::data_chunk(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size,
                                     void* user) noexcept {
    auto& session = self(user);
    session.silence_told_at_.reset();
    nghttp2_session_consume_connection(session.session_, size);
    if (auto* stream = session.find(id)) stream->on_data(view(bytes, size));
    return 0;
}

int H2Session::Callbacks::stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) noexcept {
    auto& session = self(user);
    if (auto* stream = session.find(id)) session.detach(*stream, static_cast<H2Code>(code));
    return 0;
}

int H2Session::Callbacks::before_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
    auto& session = self(user);
    if (session.side_ != Side::client || frame->hd.type != NGHTTP2_HEADERS) return 0;
    if (auto* stream = session.find(frame->hd.stream_id)) stream->headers_sent_ = true;
    return 0;
}

int H2Session::Callbacks::frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
    auto& session = self(user);
    if (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) {
        session.idle_frames_ = 0;
        session.pings_.forgive();
    }
    const bool ends =
        (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (!ends || session.side_ != Side::server) return 0;
    session.resets_.excuse_one();
    // The answer ended before the request was complete, so the client need not send the rest (RFC
    // 9113 §8.1).
    auto* const stream = session.find(frame->hd.stream_id);
    if (stream != nullptr && !stream->remote_ended_) {
        nghttp2_submit_rst_stream(session.session_, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
    }
    return 0;
}

ssize_t H2Session::Callbacks::read_body(nghttp2_session* raw, std::int32_t id, std::uint8_t*, std::size_t size,
                                        std::uint32_t* flags, nghttp2_data_source*, void* user) noexcept {
    auto& session = self(user);
    auto* const found = session.find(id);
    if (found == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    auto& stream = *found;
    const auto count = std::min(size, stream.queued_bytes());
    if (count == 0 && !stream.out_ended_) {
        stream.deferred_ = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    // send_data copies the bytes directly to the output. Without this flag, nghttp2 copies them to
    // its own buffer first.
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (stream.out_ended_ && count == stream.queued_bytes()) {
        stream.end_sent_ = true;
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        if (!stream.trailers_.empty()) {
            *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
            FieldArray trailers{stream.trailers_};
            nghttp2_submit_trailer(raw, id, trailers.data(), trailers.size());
        }
    }
    return static_cast<ssize_t>(count);
}

int H2Session::Callbacks::send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* head, std::size_t size,
                                    nghttp2_data_source*, void* user) noexcept {
    auto& session = self(user);
    if (session.pulled_->size() >= session.pulled_bytes_max_) return NGHTTP2_ERR_WOULDBLOCK;
    const auto id = frame->hd.stream_id;
    auto* const found = session.find(id);
    if (found == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    auto& stream = *found;
    session.pulled_->append(view(head, kFrameHeadBytes)).append(stream.out_, stream.out_sent_, size);
    stream.out_sent_ += size;
    // Sent bytes are removed when they are at least as many as the queued ones. The memory of a
    // busy stream is then bounded, and each removal moves fewer bytes than were sent.
    if (stream.out_sent_ >= stream.queued_bytes()) {
        stream.out_.erase(0, stream.out_sent_);
        stream.out_sent_ = 0;
    }
    if (stream.wants_room_ && stream.queued_bytes() <= session.limits_.stream_window_bytes) {
        stream.wants_room_ = false;
        session.with_room_.push_back(id);
    }
    return 0;
}

nghttp2_mem H2Session::Callbacks::allocator(H2Memory& memory) {
    return {
        .mem_user_data = &memory,
        .malloc = [](std::size_t bytes, void* user) { return static_cast<H2Memory*>(user)->take(bytes); },
        .free = [](void* piece, void* user) { static_cast<H2Memory*>(user)->give(piece); },
        .calloc =
            [](std::size_t count, std::size_t bytes, void* user) {
                auto* const piece = static_cast<H2Memory*>(user)->take(count * bytes);
                if (piece != nullptr) std::memset(piece, 0, count * bytes);
                return piece;
            },
        .realloc = [](void* piece, std::size_t bytes, void* user) { return static_cast<H2Memory*>(user)->resize(piece, bytes); }};
}

nghttp2_session_callbacks* H2Session::Callbacks::make() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, begin_frame);
    nghttp2_session_callbacks_set_on_extension_chunk_recv_callback(callbacks, skip_extension_chunk);
    nghttp2_session_callbacks_set_unpack_extension_callback(callbacks, skip_extension);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_received);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, invalid_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data_chunk);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, stream_closed);
    nghttp2_session_callbacks_set_before_frame_send_callback(callbacks, before_frame_sent);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frame_sent);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, send_data);
    return callbacks;
}

nghttp2_option* H2Session::Callbacks::options() {
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_option_set_max_outbound_ack(option, kAcksMax);
    nghttp2_option_set_max_settings(option, kSettingsMax);
    nghttp2_option_set_max_continuations(option, kContinuationsMax);
    // nghttp2 reports frames of unknown types only if their type was registered.
    for (int type = kExtensionTypeFirst; type <= kTypeLast; ++type) {
        nghttp2_option_set_user_recv_extension_type(option, static_cast<std::uint8_t>(type));
    }
    // The limit of this class is stricter and answers ENHANCE_YOUR_CALM, so nghttp2's is switched
    // off.
    nghttp2_option_set_stream_reset_rate_limit(option, 1'000'000, 1'000'000);
    return option;
}

}  // namespace tw::net
