#include "cases.hpp"

#include <array>
#include <chrono>

namespace peer {
namespace {

using ChannelPtr = std::shared_ptr<grpc::Channel>;

constexpr std::array<int, 4> kRequests{27'182, 8, 1'828, 45'904};
constexpr std::array<int, 4> kResponses{31'415, 9, 2'653, 58'979};

StreamingOutputCallRequest ask_for(std::size_t which) {
    auto request = with_payload<StreamingOutputCallRequest>(static_cast<std::size_t>(kRequests[which]));
    request.add_response_parameters()->set_size(kResponses[which]);
    return request;
}

template <class Stream>
void expect_next(Stream& stream, int size) {
    StreamingOutputCallResponse response;
    expect(stream.Read(&response), "the stream ended early");
    expect_payload(response, static_cast<std::size_t>(size));
}

template <class Stream>
void expect_end(Stream& stream, StatusCode code) {
    StreamingOutputCallResponse response;
    expect(!stream.Read(&response), "an answer too many");
    expect_status(stream.Finish(), code);
}

void client_streaming(const ChannelPtr& channel) {
    ClientContext context;
    StreamingInputCallResponse response;
    const auto stream = Stub{channel}.StreamingInputCall(&context, &response);
    int sum = 0;
    for (const auto size : kRequests) {
        stream->Write(with_payload<StreamingInputCallRequest>(static_cast<std::size_t>(size)));
        sum += size;
    }
    stream->WritesDone();
    expect_status(stream->Finish(), StatusCode::OK);
    expect(response.aggregated_payload_size() == sum, "another sum of the payloads");
}

void server_streaming(const ChannelPtr& channel) {
    ClientContext context;
    StreamingOutputCallRequest request;
    for (const auto size : kResponses) request.add_response_parameters()->set_size(size);
    const auto stream = Stub{channel}.StreamingOutputCall(&context, request);
    for (const auto size : kResponses) expect_next(*stream, size);
    expect_end(*stream, StatusCode::OK);
}

void ping_pong(const ChannelPtr& channel) {
    ClientContext context;
    const auto stream = Stub{channel}.FullDuplexCall(&context);
    for (std::size_t i = 0; i < kRequests.size(); ++i) {
        expect(stream->Write(ask_for(i)), "the request could not be written");
        expect_next(*stream, kResponses[i]);
    }
    stream->WritesDone();
    expect_end(*stream, StatusCode::OK);
}

void empty_stream(const ChannelPtr& channel) {
    ClientContext context;
    const auto stream = Stub{channel}.FullDuplexCall(&context);
    stream->WritesDone();
    expect_end(*stream, StatusCode::OK);
}

void cancel_after_begin(const ChannelPtr& channel) {
    ClientContext context;
    StreamingInputCallResponse response;
    const auto stream = Stub{channel}.StreamingInputCall(&context, &response);
    context.TryCancel();
    expect_status(stream->Finish(), StatusCode::CANCELLED);
}

void cancel_after_first_response(const ChannelPtr& channel) {
    ClientContext context;
    const auto stream = Stub{channel}.FullDuplexCall(&context);
    expect(stream->Write(ask_for(0)), "the request could not be written");
    expect_next(*stream, kResponses[0]);
    context.TryCancel();
    expect_end(*stream, StatusCode::CANCELLED);
}

void timeout_on_sleeping_server(const ChannelPtr& channel) {
    ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds{1});
    const auto stream = Stub{channel}.FullDuplexCall(&context);
    stream->Write(with_payload<StreamingOutputCallRequest>(static_cast<std::size_t>(kRequests[0])));  // it may be too late
    expect_end(*stream, StatusCode::DEADLINE_EXCEEDED);
}

StreamingInputCallRequest part(int size, bool says_packed) {
    auto request = with_payload<StreamingInputCallRequest>(static_cast<std::size_t>(size));
    request.mutable_expect_compressed()->set_value(says_packed);
    return request;
}

void client_compressed_streaming_noprobe(const ChannelPtr& channel) {
    ClientContext context;
    context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    StreamingInputCallResponse response;
    const auto stream = Stub{channel}.StreamingInputCall(&context, &response);
    stream->Write(part(27'182, true));
    stream->Write(part(45'904, false), grpc::WriteOptions{}.set_no_compression());
    stream->WritesDone();
    expect_status(stream->Finish(), StatusCode::OK);
    expect(response.aggregated_payload_size() == 73'086, "another sum of the payloads");
}

void client_compressed_streaming(const ChannelPtr& channel) {
    {
        ClientContext context;
        StreamingInputCallResponse response;
        const auto stream = Stub{channel}.StreamingInputCall(&context, &response);
        stream->Write(part(27'182, true));
        stream->WritesDone();
        expect_status(stream->Finish(), StatusCode::INVALID_ARGUMENT);
    }
    client_compressed_streaming_noprobe(channel);
}

void server_compressed_streaming(const ChannelPtr& channel) {
    constexpr std::array<std::pair<int, bool>, 2> kWanted{{{31'415, true}, {92'653, false}}};
    ClientContext context;
    StreamingOutputCallRequest request;
    for (const auto& [size, packed] : kWanted) {
        auto& wanted = *request.add_response_parameters();
        wanted.set_size(size);
        wanted.mutable_compressed()->set_value(packed);
    }
    const auto stream = Stub{channel}.StreamingOutputCall(&context, request);
    for (const auto& [size, packed] : kWanted) {
        expect_next(*stream, size);
        expect(came_packed(context) == packed, "a response was packed, or not, against the request");
    }
    expect_end(*stream, StatusCode::OK);
}

constexpr std::array kCases{Case{"client_streaming", client_streaming},
                            Case{"server_streaming", server_streaming},
                            Case{"ping_pong", ping_pong},
                            Case{"empty_stream", empty_stream},
                            Case{"cancel_after_begin", cancel_after_begin},
                            Case{"cancel_after_first_response", cancel_after_first_response},
                            Case{"timeout_on_sleeping_server", timeout_on_sleeping_server},
                            Case{"client_compressed_streaming", client_compressed_streaming},
                            Case{"client_compressed_streaming_noprobe", client_compressed_streaming_noprobe},
                            Case{"server_compressed_streaming", server_compressed_streaming}};

}  // namespace

std::span<const Case> streaming_cases() { return kCases; }

}  // namespace peer
