#include "cases.hpp"

#include <array>
#include <set>

namespace peer {
namespace {

using ChannelPtr = std::shared_ptr<grpc::Channel>;

SimpleRequest large_request() {
    auto request = with_payload<SimpleRequest>(kLargeRequest);
    request.set_response_size(kLargeResponse);
    return request;
}

SimpleResponse call(Stub& stub, ClientContext& context, const SimpleRequest& request) {
    SimpleResponse response;
    expect_status(stub.UnaryCall(&context, request, &response), StatusCode::OK);
    expect_payload(response, static_cast<std::size_t>(request.response_size()));
    return response;
}

void empty_unary(const ChannelPtr& channel) {
    ClientContext context;
    Empty response;
    expect_status(Stub{channel}.EmptyCall(&context, Empty{}, &response), StatusCode::OK);
}

void large_unary(const ChannelPtr& channel) {
    Stub stub{channel};
    ClientContext context;
    call(stub, context, large_request());
}

void very_large_request(const ChannelPtr& channel) {
    Stub stub{channel};
    ClientContext context;
    auto request = with_payload<SimpleRequest>(kVeryLarge);
    request.set_response_size(kVeryLarge);
    call(stub, context, request);
}

void cacheable_unary(const ChannelPtr& channel) {
    ClientContext context;
    context.AddMetadata("x-user-ip", "1.2.3.4");
    SimpleRequest request;
    request.set_response_size(7);
    SimpleResponse response;
    expect_status(Stub{channel}.CacheableUnaryCall(&context, request, &response), StatusCode::OK);
    expect_payload(response, 7);
}

void pick_first_unary(const ChannelPtr& channel) {
    constexpr int kPicks = 100;
    Stub stub{channel};
    auto request = with_payload<SimpleRequest>(1);
    request.set_response_size(1);
    request.set_fill_server_id(true);
    std::set<std::string> servers;
    for (int i = 0; i < kPicks; ++i) {
        ClientContext context;
        servers.insert(call(stub, context, request).server_id());
    }
    expect(servers.size() == 1 && !servers.contains(""), std::to_string(servers.size()) + " servers, or one that has no name");
}

void expect_echo(const ClientContext& context) {
    const auto has = [](const auto& metadata, const char* name, std::string_view value) {
        const auto found = metadata.find(name);
        return found != metadata.end() && std::string_view{found->second.data(), found->second.size()} == value;
    };
    expect(has(context.GetServerInitialMetadata(), kEchoInitial, "test_initial_metadata_value"), "initial metadata not echoed");
    expect(has(context.GetServerTrailingMetadata(), kEchoTrailing, "\xab\xab\xab"), "trailing metadata not echoed");
}

void ask_for_echo(ClientContext& context) {
    context.AddMetadata(kEchoInitial, "test_initial_metadata_value");
    context.AddMetadata(kEchoTrailing, "\xab\xab\xab");
}

void custom_metadata(const ChannelPtr& channel) {
    Stub stub{channel};
    ClientContext unary;
    ask_for_echo(unary);
    call(stub, unary, large_request());
    expect_echo(unary);

    ClientContext streamed;
    ask_for_echo(streamed);
    const auto stream = stub.FullDuplexCall(&streamed);
    auto request = with_payload<StreamingOutputCallRequest>(kLargeRequest);
    request.add_response_parameters()->set_size(kLargeResponse);
    expect(stream->Write(request) && stream->WritesDone(), "the request could not be written");
    StreamingOutputCallResponse response;
    expect(stream->Read(&response), "no answer");
    expect_payload(response, kLargeResponse);
    expect_status(stream->Finish(), StatusCode::OK);
    expect_echo(streamed);
}

void expect_refusal(const Status& status, std::string_view message) {
    expect_status(status, StatusCode::UNKNOWN);
    expect(status.error_message() == message, "another message: " + status.error_message());
}

void fail_unary(Stub& stub, std::string_view message) {
    ClientContext context;
    SimpleRequest request;
    request.mutable_response_status()->set_code(StatusCode::UNKNOWN);
    request.mutable_response_status()->set_message(std::string{message});
    SimpleResponse response;
    expect_refusal(stub.UnaryCall(&context, request, &response), message);
}

void status_code_and_message(const ChannelPtr& channel) {
    constexpr std::string_view kMessage = "test status message";
    Stub stub{channel};
    fail_unary(stub, kMessage);
    ClientContext context;
    const auto stream = stub.FullDuplexCall(&context);
    StreamingOutputCallRequest request;
    request.mutable_response_status()->set_code(StatusCode::UNKNOWN);
    request.mutable_response_status()->set_message(std::string{kMessage});
    stream->Write(request);
    stream->WritesDone();
    StreamingOutputCallResponse response;
    expect(!stream->Read(&response), "an answer instead of a status");
    expect_refusal(stream->Finish(), kMessage);
}

void special_status_message(const ChannelPtr& channel) {
    Stub stub{channel};
    fail_unary(stub, "\t\ntest with whitespace\r\nand Unicode BMP \u263A and non-BMP \U0001F608\t\n");
}

void unimplemented_method(const ChannelPtr& channel) {
    ClientContext context;
    Empty response;
    expect_status(Stub{channel}.UnimplementedCall(&context, Empty{}, &response), StatusCode::UNIMPLEMENTED);
}

void unimplemented_service(const ChannelPtr& channel) {
    ClientContext context;
    Empty response;
    const auto stub = grpc::testing::UnimplementedService::NewStub(channel);
    expect_status(stub->UnimplementedCall(&context, Empty{}, &response), StatusCode::UNIMPLEMENTED);
}

SimpleRequest request_that_says(bool packed) {
    auto request = large_request();
    request.mutable_expect_compressed()->set_value(packed);
    return request;
}

void client_compressed_unary_noprobe(const ChannelPtr& channel) {
    Stub stub{channel};
    for (const bool packed : {true, false}) {
        ClientContext context;
        context.set_compression_algorithm(packed ? GRPC_COMPRESS_GZIP : GRPC_COMPRESS_NONE);
        call(stub, context, request_that_says(packed));
    }
}

void client_compressed_unary(const ChannelPtr& channel) {
    ClientContext context;
    SimpleResponse response;
    expect_status(Stub{channel}.UnaryCall(&context, request_that_says(true), &response), StatusCode::INVALID_ARGUMENT);
    client_compressed_unary_noprobe(channel);
}

void server_compressed_unary(const ChannelPtr& channel) {
    Stub stub{channel};
    for (const bool packed : {true, false}) {
        ClientContext context;
        auto request = large_request();
        request.mutable_response_compressed()->set_value(packed);
        call(stub, context, request);
        expect(came_packed(context) == packed, "the response was packed, or not, against the request");
    }
}

constexpr std::array kCases{Case{"empty_unary", empty_unary},
                            Case{"large_unary", large_unary},
                            Case{"very_large_request", very_large_request},
                            Case{"cacheable_unary", cacheable_unary},
                            Case{"pick_first_unary", pick_first_unary},
                            Case{"custom_metadata", custom_metadata},
                            Case{"status_code_and_message", status_code_and_message},
                            Case{"special_status_message", special_status_message},
                            Case{"unimplemented_method", unimplemented_method},
                            Case{"unimplemented_service", unimplemented_service},
                            Case{"client_compressed_unary", client_compressed_unary},
                            Case{"client_compressed_unary_noprobe", client_compressed_unary_noprobe},
                            Case{"server_compressed_unary", server_compressed_unary}};

}  // namespace

std::span<const Case> unary_cases() { return kCases; }

}  // namespace peer
