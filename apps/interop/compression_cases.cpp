#include "apps/interop/cases.hpp"

#include <array>

namespace tw::interop {
namespace {

using rpc::CallOptions;
using rpc::Channel;
using rpc::Compression;

SimpleRequest packed_request(bool says_packed) {
    auto request = with_payload<SimpleRequest>(kLargeRequest);
    request.set_response_size(kLargeResponse);
    request.mutable_expect_compressed()->set_value(says_packed);
    return request;
}

/// Checks that the server detects whether messages are compressed. A server that does not cannot be
/// tested.
Task<Result<void>> probe(Channel& channel, EventLoop& loop) {
    RootCall call{loop};
    const auto request = packed_request(true);
    const auto response = co_await rpc::call_unary<SimpleResponse>(channel, call.context(), kUnaryCall, request);
    co_return expect_failure(response, Code::invalid_argument);
}

Task<Result<void>> client_compressed_unary_noprobe(Channel& channel, EventLoop& loop) {
    for (const bool packed : {true, false}) {
        RootCall call{loop};
        CallOptions options{.compression = packed ? Compression::gzip : Compression::identity};
        const auto request = packed_request(packed);
        const auto response = co_await rpc::call_unary<SimpleResponse>(channel, call.context(), kUnaryCall, request, &options);
        if (auto fine = expect_payload(response, kLargeResponse); !fine) co_return fine;
    }
    co_return Result<void>{};
}

Task<Result<void>> client_compressed_unary(Channel& channel, EventLoop& loop) {
    if (auto probed = co_await probe(channel, loop); !probed) co_return probed;
    co_return co_await client_compressed_unary_noprobe(channel, loop);
}

Task<Result<void>> server_compressed_unary(Channel& channel, EventLoop& loop) {
    for (const bool packed : {true, false}) {
        RootCall call{loop};
        CallOptions options;
        auto request = with_payload<SimpleRequest>(kLargeRequest);
        request.set_response_size(kLargeResponse);
        request.mutable_response_compressed()->set_value(packed);
        const auto response = co_await rpc::call_unary<SimpleResponse>(channel, call.context(), kUnaryCall, request, &options);
        if (auto fine = expect_payload(response, kLargeResponse); !fine) co_return fine;
        if (options.response_compressed != packed) co_return unlike("the response was packed, or not, against the request");
    }
    co_return Result<void>{};
}

StreamingInputCallRequest packed_part(std::size_t size, bool says_packed) {
    auto request = with_payload<StreamingInputCallRequest>(size);
    request.mutable_expect_compressed()->set_value(says_packed);
    return request;
}

auto open_compressed_input(Channel& channel, const CallContext& ctx, CallOptions* options) {
    return rpc::open_client_streaming<StreamingInputCallRequest, StreamingInputCallResponse>(channel, ctx, kStreamingInputCall,
                                                                                             options);
}

Task<Result<void>> client_compressed_streaming_noprobe(Channel& channel, EventLoop& loop) {
    RootCall call{loop};
    CallOptions options{.compression = Compression::gzip};
    auto stream = co_await open_compressed_input(channel, call.context(), &options);
    if (!stream) co_return stream.error();
    const auto packed = packed_part(27'182, true);
    if (auto sent = co_await stream->write(packed); !sent) co_return sent;
    const auto plain = packed_part(45'904, false);
    if (auto sent = co_await stream->write(plain, {.compress = false}); !sent) co_return sent;
    const auto response = co_await stream->finish();
    if (!response) co_return response.error();
    if (response->aggregated_payload_size() != 73'086) co_return unlike("another sum of the payloads");
    co_return Result<void>{};
}

Task<Result<void>> client_compressed_streaming(Channel& channel, EventLoop& loop) {
    RootCall call{loop};
    auto stream = co_await open_compressed_input(channel, call.context(), nullptr);
    if (!stream) co_return stream.error();
    const auto lying = packed_part(27'182, true);
    if (auto sent = co_await stream->write(lying); !sent) co_return sent;
    const auto refused = co_await stream->finish();
    if (auto fine = expect_failure(refused, Code::invalid_argument); !fine) co_return fine;
    co_return co_await client_compressed_streaming_noprobe(channel, loop);
}

Task<Result<void>> server_compressed_streaming(Channel& channel, EventLoop& loop) {
    RootCall call{loop};
    CallOptions options;
    StreamingOutputCallRequest request;
    constexpr std::array<std::pair<std::int32_t, bool>, 2> kWanted{{{31'415, true}, {92'653, false}}};
    for (const auto& [size, packed] : kWanted) {
        auto& wanted = *request.add_response_parameters();
        wanted.set_size(size);
        wanted.mutable_compressed()->set_value(packed);
    }
    auto stream = co_await rpc::call_server_streaming<StreamingOutputCallResponse>(channel, call.context(), kStreamingOutputCall,
                                                                                   request, &options);
    if (!stream) co_return stream.error();
    for (const auto& [size, packed] : kWanted) {
        const auto next = co_await stream->read();
        if (auto fine = expect_next(next, static_cast<std::size_t>(size)); !fine) co_return fine;
        if (options.response_compressed != packed) co_return unlike("a response was packed, or not, against the request");
    }
    const auto end = co_await stream->read();
    co_return expect_end(end);
}

constexpr std::array kCompressionCases{Case{"client_compressed_unary", client_compressed_unary},
                                       Case{"client_compressed_unary_noprobe", client_compressed_unary_noprobe},
                                       Case{"server_compressed_unary", server_compressed_unary},
                                       Case{"client_compressed_streaming", client_compressed_streaming},
                                       Case{"client_compressed_streaming_noprobe", client_compressed_streaming_noprobe},
                                       Case{"server_compressed_streaming", server_compressed_streaming}};

}  // namespace

std::span<const Case> compression_cases() { return kCompressionCases; }

}  // namespace tw::interop
