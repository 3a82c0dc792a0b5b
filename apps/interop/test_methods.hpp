#pragma once

#include "kit/rpc/standard_method.hpp"

#include <grpc/testing/empty.pb.h>
#include <grpc/testing/messages.pb.h>

namespace tw::interop {

using grpc::testing::Empty;
using grpc::testing::Payload;
using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;
using grpc::testing::TestOrcaReport;

inline constexpr std::string_view kTestService = "grpc.testing.TestService";
inline constexpr std::string_view kNobodysService = "grpc.testing.UnimplementedService";

template <class Request, class Response>
constexpr rpc::Method test_method(std::string_view path, std::string_view name, rpc::Shape shape,
                                  std::string_view service = kTestService) {
    return rpc::standard_method<Request, Response>(path, service, name, shape, rpc::kNoTimeLimit);
}

inline constexpr auto kEmptyCall =
    test_method<Empty, Empty>("/grpc.testing.TestService/EmptyCall", "EmptyCall", rpc::Shape::unary);
inline constexpr auto kUnaryCall =
    test_method<SimpleRequest, SimpleResponse>("/grpc.testing.TestService/UnaryCall", "UnaryCall", rpc::Shape::unary);
inline constexpr auto kCacheableUnaryCall = test_method<SimpleRequest, SimpleResponse>(
    "/grpc.testing.TestService/CacheableUnaryCall", "CacheableUnaryCall", rpc::Shape::unary);
inline constexpr auto kStreamingOutputCall = test_method<StreamingOutputCallRequest, StreamingOutputCallResponse>(
    "/grpc.testing.TestService/StreamingOutputCall", "StreamingOutputCall", rpc::Shape::server_streaming);
inline constexpr auto kStreamingInputCall = test_method<StreamingInputCallRequest, StreamingInputCallResponse>(
    "/grpc.testing.TestService/StreamingInputCall", "StreamingInputCall", rpc::Shape::client_streaming);
inline constexpr auto kFullDuplexCall = test_method<StreamingOutputCallRequest, StreamingOutputCallResponse>(
    "/grpc.testing.TestService/FullDuplexCall", "FullDuplexCall", rpc::Shape::bidirectional);
inline constexpr auto kHalfDuplexCall = test_method<StreamingOutputCallRequest, StreamingOutputCallResponse>(
    "/grpc.testing.TestService/HalfDuplexCall", "HalfDuplexCall", rpc::Shape::bidirectional);
inline constexpr auto kUnimplementedCall =
    test_method<Empty, Empty>("/grpc.testing.TestService/UnimplementedCall", "UnimplementedCall", rpc::Shape::unary);
inline constexpr auto kUnimplementedService = test_method<Empty, Empty>("/grpc.testing.UnimplementedService/UnimplementedCall",
                                                                        "UnimplementedCall", rpc::Shape::unary, kNobodysService);

/// The metadata that the suite wants to be echoed, at the beginning of a call and at its end.
inline constexpr std::string_view kEchoInitial = "x-grpc-test-echo-initial";
inline constexpr std::string_view kEchoTrailing = "x-grpc-test-echo-trailing-bin";

}  // namespace tw::interop
