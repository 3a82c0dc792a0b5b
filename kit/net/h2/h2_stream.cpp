#include "kit/net/h2/h2_callbacks.hpp"

#include <utility>

/// The sending half of a stream. Its events come from the callbacks.
namespace tw::net {

H2Stream::~H2Stream() {
    // An object that is destroyed with its stream open cannot be notified of the end. The peer is
    // notified, unless both sides have finished.
    if (session_ == nullptr) return;
    if (!remote_ended_ || !end_sent_) reset(H2Code::cancel);
    nghttp2_session_set_stream_user_data(session_->session_, id_, nullptr);
    if (session_->recent_ == this) session_->recent_ = nullptr;
    --session_->streams_open_;
    unlink();
    session_->events_.on_stream_gone();
}

void H2Stream::send_interim(std::span<const H2Field> fields) {
    if (session_ == nullptr || answering_) return;
    FieldArray array{fields};
    nghttp2_submit_headers(session_->session_, NGHTTP2_FLAG_NONE, id_, nullptr, array.data(), array.size(), nullptr);
    session_->on_output_();
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

void H2Stream::report_silence(SteadyTime since, SteadyTime now) {
    if (session_ != nullptr) session_->note_silence(since, now);
}

void H2Stream::consume(std::size_t bytes) {
    if (session_ == nullptr || bytes == 0) return;
    nghttp2_session_consume_stream(session_->session_, id_, bytes);
    session_->on_output_();
}

void H2Stream::hand_over(H2Stream& heir, std::span<const H2Field> fields) {
    auto& session = *session_;
    heir.session_ = std::exchange(session_, nullptr);
    heir.id_ = id_;
    heir.field_bytes_ = field_bytes_;
    heir.fields_are_last_ = fields_are_last_;
    heir.insert_before(*this);
    unlink();
    nghttp2_session_set_stream_user_data(session.session_, id_, &heir);
    if (session.recent_ == this) session.recent_ = &heir;
    for (const auto& [name, value, stable, repeats, name_repeats] : fields) heir.on_field(name, value);
    heir.on_fields_end();
}

void H2Stream::recycle() {
    session_ = nullptr;
    id_ = 0;
    remote_ended_ = fields_are_last_ = answering_ = deferred_ = out_ended_ = end_sent_ = headers_sent_ = wants_room_ = false;
    field_bytes_ = 0;
    out_.clear();
    out_sent_ = 0;
    trailers_ = {};
}

}  // namespace tw::net
