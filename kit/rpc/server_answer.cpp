#include "kit/base/encoding.hpp"
#include "kit/rpc/grpc_wire.hpp"
#include "kit/rpc/metadata.hpp"
#include "kit/rpc/server_call.hpp"
#include "kit/rpc/status_details.hpp"

#include <array>
#include <utility>

/// The answers of a ServerCall: what goes into headers and trailers.
namespace tw::rpc {
namespace {

constexpr net::H2Field kStatusOk{":status", "200", true, true};
constexpr net::H2Field kContentType{"content-type", "application/grpc", true, true};
constexpr std::array kHeaders{kStatusOk, kContentType};
constexpr std::array kTrailersOk{net::H2Field{"grpc-status", "0", true, true}};

/// "0" to "16" as static text.
std::string_view status_number(Code code) {
    constexpr std::array<std::string_view, 17> kNumbers{"0", "1",  "2",  "3",  "4",  "5",  "6",  "7", "8",
                                                        "9", "10", "11", "12", "13", "14", "15", "16"};
    return kNumbers[static_cast<std::size_t>(code)];
}

}  // namespace

void ServerCall::send_initial() {
    if (std::exchange(initial_sent_, true)) return;
    if (initial_metadata_.empty()) return send_headers(kHeaders, false);
    fields_.assign(kHeaders.begin(), kHeaders.end());
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
    answered_ = true;
    if (entry_->handler->method->shape == Shape::unary) {
        write_prefix(response_.size() - kPrefixBytes, response_.data());
        outgoing().swap(response_);
    }
    send_initial();
    if (trailing_metadata_.empty()) return finish(kTrailersOk);
    trailers_.assign(kTrailersOk.begin(), kTrailersOk.end());
    append_fields(trailing_metadata_, trailers_, field_values_);
    finish(trailers_);
}

void ServerCall::answer_error(const Error& error) {
    answered_ = true;
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
    // Views point into the values, so their place is settled first.
    field_values_.reserve(2 + trailing_metadata_.size());
    trailers_.push_back({"grpc-status", status_number(error.code()), true, true});
    if (!error.detail().empty()) {
        field_values_.push_back(encode_status_message(error.detail()));
        trailers_.push_back({"grpc-message", field_values_.back()});
    }
    field_values_.push_back(base64_encode(encode_details(error)));
    trailers_.push_back({"grpc-status-details-bin", field_values_.back()});
    if (error.reason() == "ENCODING_UNSUPPORTED") trailers_.push_back({"grpc-accept-encoding", "identity", true});
    append_fields(trailing_metadata_, trailers_, field_values_);
}

}  // namespace tw::rpc
