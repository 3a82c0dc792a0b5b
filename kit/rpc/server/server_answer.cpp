#include "kit/base/encoding.hpp"
#include "kit/base/gzip.hpp"
#include "kit/rpc/metadata.hpp"
#include "kit/rpc/server/server_call.hpp"
#include "kit/rpc/wire/grpc_wire.hpp"
#include "kit/rpc/wire/status_details.hpp"

#include <array>
#include <utility>

/// The answers of a ServerCall: what goes into headers and trailers.
namespace tw::rpc {
namespace {

constexpr net::H2Field kStatusOk{":status", "200", true, true};
constexpr net::H2Field kContentType{"content-type", "application/grpc", true, true};
/// Tells clients which compressed requests the server can read (grpc/doc/compression.md).
constexpr net::H2Field kAcceptEncoding{"grpc-accept-encoding", kAcceptedEncodings, true, true};
constexpr std::array kHeaders{kStatusOk, kContentType, kAcceptEncoding};
constexpr net::H2Field kGzipEncoding{"grpc-encoding", "gzip", true, true};
constexpr std::array kTrailersOk{net::H2Field{"grpc-status", "0", true, true}};

/// Returns "0" to "16", in static storage.
std::string_view status_number(Code code) {
    constexpr std::array<std::string_view, 17> kNumbers{"0", "1",  "2",  "3",  "4",  "5",  "6",  "7", "8",
                                                        "9", "10", "11", "12", "13", "14", "15", "16"};
    return kNumbers[static_cast<std::size_t>(code)];
}

}  // namespace

void ServerCall::send_initial() {
    if (std::exchange(initial_sent_, true)) return;
    compresses_ = accepts_gzip_ && info_ && info_->response_compression == Compression::gzip;
    if (initial_metadata_.empty() && !compresses_) return send_headers(kHeaders, false);
    fields_.assign(kHeaders.begin(), kHeaders.end());
    if (compresses_) fields_.push_back(kGzipEncoding);
    std::vector<std::string> values;
    append_fields(initial_metadata_, fields_, values);
    send_headers(fields_, false);
}

void ServerCall::answer(const Result<void>& outcome) {
    if (answered_) return;
    if (outcome) {
        answer_ok();
    } else {
        answer_error(outcome.error());
    }
}

void ServerCall::answer_ok() {
    const bool unary = entry_->handler->method->shape == Shape::unary;
    if (unary && response_.size() - kPrefixBytes > write_bytes_max()) {
        // The handler has done its work, so the call may have had its effect.
        return answer_error(unsendable(response_.size() - kPrefixBytes, write_bytes_max()).with_outcome_open(true));
    }
    note_answer(true);
    send_initial();
    if (unary) queue_response();
    if (trailing_metadata_.empty()) return finish(kTrailersOk);
    trailers_.assign(kTrailersOk.begin(), kTrailersOk.end());
    append_fields(trailing_metadata_, trailers_, field_values_);
    finish(trailers_);
}

void ServerCall::queue_response() {
    write_prefix(response_.size() - kPrefixBytes, response_.data());
    if (!compresses_) return outgoing().swap(response_);
    auto compressed = gzip(std::string_view{response_}.substr(kPrefixBytes));
    response_.resize(kPrefixBytes);
    write_prefix(compressed.size(), response_.data());
    response_[0] = 1;
    outgoing().append(response_).append(compressed);
}

void ServerCall::answer_error(const Error& error) {
    note_answer(false);
    // An answer without initial metadata has its headers and its status in one block
    // (Trailers-Only).
    if (!initial_metadata_.empty()) send_initial();
    if (initial_sent_) {
        append_status(error);
        return finish(trailers_);
    }
    initial_sent_ = true;
    trailers_.assign(kHeaders.begin(), kHeaders.end());
    append_status(error);
    send_headers(trailers_, true);
}

void ServerCall::append_status(const Error& error) {
    if (started_) sent_trailing_metadata_ = trailing_metadata_;
    const auto& metadata = started_ ? sent_trailing_metadata_ : trailing_metadata_;
    // The fields keep views into `field_values_`, so its elements must not move.
    field_values_.reserve(2 + metadata.size());
    trailers_.push_back({"grpc-status", status_number(error.code()), true, true});
    if (!error.detail().empty()) {
        field_values_.push_back(encode_status_message(status_message(error)));
        trailers_.push_back({"grpc-message", field_values_.back()});
    }
    field_values_.push_back(base64_encode(encode_details(error, core_->limits.error_domain)));
    trailers_.push_back({"grpc-status-details-bin", field_values_.back()});
    append_fields(metadata, trailers_, field_values_);
}

}  // namespace tw::rpc
