#include "apps/interop/cases.hpp"

#include <array>

namespace tw::interop {
namespace {

using rpc::Channel;

constexpr std::array<std::int32_t, 4> kRequests{27'182, 8, 1'828, 45'904};
constexpr std::array<std::int32_t, 4> kResponses{31'415, 9, 2'653, 58'979};
constexpr std::int32_t kRequestsTogether = 74'922;

StreamingOutputCallRequest ask_for(std::size_t which) {
    auto request = with_payload<StreamingOutputCallRequest>(static_cast<std::size_t>(kRequests[which]));
    request.add_response_parameters()->set_size(kResponses[which]);
    return request;
}

auto open_duplex(Channel& channel, const CallContext& ctx) {
    return rpc::open_call<StreamingOutputCallRequest, StreamingOutputCallResponse>(channel, ctx, kFullDuplexCall);
}

auto open_input(Channel& channel, const CallContext& ctx) {
    return rpc::open_client_streaming<StreamingInputCallRequest, StreamingInputCallResponse>(channel, ctx, kStreamingInputCall);
}

Task<Result<void>> client_streaming(Channel& channel, EventLoop& loop) {
    RootCall call{loop};
    auto stream = co_await open_input(channel, call.context());
    if (!stream) co_return stream.error();
    for (const auto size : kRequests) {
        const auto request = with_payload<StreamingInputCallRequest>(static_cast<std::size_t>(size));
        if (auto sent = co_await stream->write(request); !sent) co_return sent;
    }
    const auto response = co_await stream->finish();
    if (!response) co_return response.error();
    if (response->aggregated_payload_size() != kRequestsTogether) co_return unlike("another sum of the payloads");
    co_return Result<void>{};
}

Task<Result<void>> server_streaming(Channel& channel, EventLoop& loop) {
    RootCall call{loop};
    StreamingOutputCallRequest request;
    for (const auto size : kResponses) request.add_response_parameters()->set_size(size);
    auto stream =
        co_await rpc::call_server_streaming<StreamingOutputCallResponse>(channel, call.context(), kStreamingOutputCall, request);
    if (!stream) co_return stream.error();
    for (const auto size : kResponses) {
        const auto next = co_await stream->read();
        if (auto fine = expect_next(next, static_cast<std::size_t>(size)); !fine) co_return fine;
    }
    const auto end = co_await stream->read();
    co_return expect_end(end);
}

Task<Result<void>> ping_pong(Channel& channel, EventLoop& loop) {
    RootCall call{loop};
    auto stream = co_await open_duplex(channel, call.context());
    if (!stream) co_return stream.error();
    for (std::size_t i = 0; i < kRequests.size(); ++i) {
        const auto request = ask_for(i);
        if (auto sent = co_await stream->write(request); !sent) co_return sent;
        const auto next = co_await stream->read();
        if (auto fine = expect_next(next, static_cast<std::size_t>(kResponses[i])); !fine) co_return fine;
    }
    if (auto ended = co_await stream->finish_writes(); !ended) co_return ended;
    const auto end = co_await stream->read();
    co_return expect_end(end);
}

Task<Result<void>> empty_stream(Channel& channel, EventLoop& loop) {
    RootCall call{loop};
    auto stream = co_await open_duplex(channel, call.context());
    if (!stream) co_return stream.error();
    if (auto ended = co_await stream->finish_writes(); !ended) co_return ended;
    const auto end = co_await stream->read();
    co_return expect_end(end);
}

Task<Result<void>> cancel_after_begin(Channel& channel, EventLoop& loop) {
    RootCall call{loop};
    auto stream = co_await open_input(channel, call.context());
    if (!stream) co_return stream.error();
    call.scope().cancel(cancelled());
    const auto response = co_await stream->finish();
    co_return expect_failure(response, Code::cancelled);
}

Task<Result<void>> cancel_after_first_response(Channel& channel, EventLoop& loop) {
    RootCall call{loop};
    auto stream = co_await open_duplex(channel, call.context());
    if (!stream) co_return stream.error();
    const auto request = ask_for(0);
    if (auto sent = co_await stream->write(request); !sent) co_return sent;
    const auto next = co_await stream->read();
    if (auto fine = expect_next(next, static_cast<std::size_t>(kResponses[0])); !fine) co_return fine;
    call.scope().cancel(cancelled());
    const auto end = co_await stream->read();
    co_return expect_failure(end, Code::cancelled);
}

Task<Result<void>> timeout_on_sleeping_server(Channel& channel, EventLoop& loop) {
    RootCall call{loop, Deadline::after(loop.now(), std::chrono::milliseconds{1})};
    auto stream = co_await open_duplex(channel, call.context());
    if (!stream) co_return expect_failure(stream, Code::deadline_exceeded);
    const auto request = with_payload<StreamingOutputCallRequest>(static_cast<std::size_t>(kRequests[0]));
    // The deadline may pass before the request is sent.
    if (const auto sent = co_await stream->write(request); !sent) co_return expect_failure(sent, Code::deadline_exceeded);
    const auto next = co_await stream->read();
    co_return expect_failure(next, Code::deadline_exceeded);
}

constexpr std::array kStreamingCases{Case{"client_streaming", client_streaming},
                                     Case{"server_streaming", server_streaming},
                                     Case{"ping_pong", ping_pong},
                                     Case{"empty_stream", empty_stream},
                                     Case{"cancel_after_begin", cancel_after_begin},
                                     Case{"cancel_after_first_response", cancel_after_first_response},
                                     Case{"timeout_on_sleeping_server", timeout_on_sleeping_server}};

}  // namespace

std::span<const Case> streaming_cases() { return kStreamingCases; }

}  // namespace tw::interop
