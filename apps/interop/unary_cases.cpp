#include "apps/interop/cases.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tw::interop {
namespace {

using rpc::CallOptions;
using rpc::Channel;

constexpr std::int32_t kVeryLarge = 10 * 1024 * 1024;
constexpr int kPicks = 100;

SimpleRequest large_request() {
    auto request = with_payload<SimpleRequest>(kLargeRequest);
    request.set_response_size(kLargeResponse);
    return request;
}

Task<Result<void>> empty_unary(Channel& channel, EventLoop& loop) {
    RootCall call{loop};
    const Empty request;
    const auto response = co_await rpc::call_unary<Empty>(channel, call.context(), kEmptyCall, request);
    if (!response) co_return response.error();
    co_return Result<void>{};
}

Task<Result<void>> large_unary(Channel& channel, EventLoop& loop) {
    RootCall call{loop};
    const auto request = large_request();
    const auto response = co_await rpc::call_unary<SimpleResponse>(channel, call.context(), kUnaryCall, request);
    co_return expect_payload(response, kLargeResponse);
}

/// Only Java's client has this case. The message is larger than gRPC accepts by default.
Task<Result<void>> very_large_request(Channel& channel, EventLoop& loop) {
    RootCall call{loop};
    CallOptions options{.response_bytes_max = 2 * kVeryLarge};
    auto request = with_payload<SimpleRequest>(kVeryLarge);
    request.set_response_size(kVeryLarge);
    const auto response = co_await rpc::call_unary<SimpleResponse>(channel, call.context(), kUnaryCall, request, &options);
    co_return expect_payload(response, kVeryLarge);
}

Task<Result<void>> cacheable_unary(Channel& channel, EventLoop& loop) {
    RootCall call{loop};
    CallOptions options{.metadata = {{"x-user-ip", "1.2.3.4"}}};
    SimpleRequest request;
    request.set_response_size(7);
    const auto response =
        co_await rpc::call_unary<SimpleResponse>(channel, call.context(), kCacheableUnaryCall, request, &options);
    co_return expect_payload(response, 7);
}

const rpc::Metadata kSent{{std::string{kEchoInitial}, "test_initial_metadata_value"},
                          {std::string{kEchoTrailing}, "\xab\xab\xab"}};

Result<void> expect_echo(const CallOptions& options) {
    const auto has = [](const rpc::Metadata& metadata, const rpc::Metadata::value_type& entry) {
        return std::ranges::find(metadata, entry) != metadata.end();
    };
    if (!has(options.initial_metadata, kSent[0])) return unlike("the initial metadata was not echoed");
    if (!has(options.trailing_metadata, kSent[1])) return unlike("the trailing metadata was not echoed");
    return {};
}

Task<Result<void>> custom_metadata(Channel& channel, EventLoop& loop) {
    RootCall call{loop};
    CallOptions options{.metadata = kSent};
    const auto request = large_request();
    const auto response = co_await rpc::call_unary<SimpleResponse>(channel, call.context(), kUnaryCall, request, &options);
    if (auto fine = expect_payload(response, kLargeResponse); !fine) co_return fine;
    if (auto fine = expect_echo(options); !fine) co_return fine;

    CallOptions streamed{.metadata = kSent};
    auto stream = co_await rpc::open_call<StreamingOutputCallRequest, StreamingOutputCallResponse>(channel, call.context(),
                                                                                                   kFullDuplexCall, &streamed);
    if (!stream) co_return stream.error();
    auto question = with_payload<StreamingOutputCallRequest>(kLargeRequest);
    question.add_response_parameters()->set_size(kLargeResponse);
    if (auto sent = co_await stream->write(question); !sent) co_return sent;
    if (auto ended = co_await stream->finish_writes(); !ended) co_return ended;
    const auto first = co_await stream->read();
    if (auto fine = expect_next(first, kLargeResponse); !fine) co_return fine;
    const auto last = co_await stream->read();
    if (auto fine = expect_end(last); !fine) co_return fine;
    co_return expect_echo(streamed);
}

Task<Result<void>> fail_as(Channel& channel, EventLoop& loop, std::string_view message) {
    RootCall call{loop};
    SimpleRequest request;
    request.mutable_response_status()->set_code(static_cast<int>(Code::unknown));
    request.mutable_response_status()->set_message(std::string{message});
    const auto response = co_await rpc::call_unary<SimpleResponse>(channel, call.context(), kUnaryCall, request);
    co_return expect_failure(response, Code::unknown, message);
}

Task<Result<void>> status_code_and_message(Channel& channel, EventLoop& loop) {
    constexpr std::string_view kMessage = "test status message";
    if (auto fine = co_await fail_as(channel, loop, kMessage); !fine) co_return fine;
    RootCall call{loop};
    auto stream = co_await rpc::open_call<StreamingOutputCallRequest, StreamingOutputCallResponse>(channel, call.context(),
                                                                                                   kFullDuplexCall);
    if (!stream) co_return stream.error();
    StreamingOutputCallRequest request;
    request.mutable_response_status()->set_code(static_cast<int>(Code::unknown));
    request.mutable_response_status()->set_message(std::string{kMessage});
    if (auto sent = co_await stream->write(request); !sent) co_return sent;
    if (auto ended = co_await stream->finish_writes(); !ended) co_return ended;
    const auto next = co_await stream->read();
    co_return expect_failure(next, Code::unknown, kMessage);
}

Task<Result<void>> special_status_message(Channel& channel, EventLoop& loop) {
    return fail_as(channel, loop, "\t\ntest with whitespace\r\nand Unicode BMP \u263A and non-BMP \U0001F608\t\n");
}

Task<Result<void>> refuse(Channel& channel, EventLoop& loop, const rpc::Method& method) {
    RootCall call{loop};
    const Empty request;
    const auto response = co_await rpc::call_unary<Empty>(channel, call.context(), method, request);
    co_return expect_failure(response, Code::unimplemented);
}

Task<Result<void>> unimplemented_method(Channel& channel, EventLoop& loop) { return refuse(channel, loop, kUnimplementedCall); }

Task<Result<void>> unimplemented_service(Channel& channel, EventLoop& loop) {
    return refuse(channel, loop, kUnimplementedService);
}

/// Checks that one server gets all calls, however many addresses the name has. Go's and Java's
/// clients have this case.
Task<Result<void>> pick_first_unary(Channel& channel, EventLoop& loop) {
    auto request = with_payload<SimpleRequest>(1);
    request.set_response_size(1);
    request.set_fill_server_id(true);
    std::string first;
    for (int i = 0; i < kPicks; ++i) {
        RootCall call{loop};
        const auto response = co_await rpc::call_unary<SimpleResponse>(channel, call.context(), kUnaryCall, request);
        if (auto fine = expect_payload(response, 1); !fine) co_return fine;
        if (response->server_id().empty()) co_return unlike("the server does not say which one it is");
        if (i == 0) first = response->server_id();
        if (response->server_id() != first) {
            co_return unlike(fmt::format("the calls went to {} first, and then to {}", first, response->server_id()));
        }
    }
    co_return Result<void>{};
}

constexpr std::array kUnaryCases{Case{"empty_unary", empty_unary},
                                 Case{"large_unary", large_unary},
                                 Case{"very_large_request", very_large_request},
                                 Case{"cacheable_unary", cacheable_unary},
                                 Case{"custom_metadata", custom_metadata},
                                 Case{"status_code_and_message", status_code_and_message},
                                 Case{"special_status_message", special_status_message},
                                 Case{"unimplemented_method", unimplemented_method},
                                 Case{"unimplemented_service", unimplemented_service},
                                 Case{"pick_first_unary", pick_first_unary}};

}  // namespace

std::span<const Case> unary_cases() { return kUnaryCases; }

}  // namespace tw::interop
