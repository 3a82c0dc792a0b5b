#pragma once

#include "wire.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace peer {

using grpc::ClientContext;
using grpc::Status;
using grpc::StatusCode;
using grpc::testing::Empty;
using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;
using Stub = grpc::testing::TestService::Stub;

constexpr int kLargeRequest = 271'828;
constexpr int kLargeResponse = 314'159;
constexpr int kVeryLarge = 10 * 1024 * 1024;

/// One case of grpc/doc/interop-test-descriptions.md. Throws what the server did other than described.
struct Case {
    std::string_view name;
    void (*run)(const std::shared_ptr<grpc::Channel>& channel);
};

std::span<const Case> unary_cases();
std::span<const Case> streaming_cases();
std::span<const Case> orca_cases();

inline void expect(bool holds, const std::string& what) {
    if (!holds) throw std::runtime_error{what};
}

inline void expect_status(const Status& status, StatusCode code) {
    expect(status.error_code() == code, "status " + std::to_string(status.error_code()) + " instead of " + std::to_string(code) +
                                            ": " + status.error_message());
}

template <class Response>
void expect_payload(const Response& response, std::size_t size) {
    expect(response.payload().body() == std::string(size, '\0'), "a payload other than " + std::to_string(size) + " zeros");
}

template <class Request>
Request with_payload(std::size_t size) {
    Request request;
    request.mutable_payload()->mutable_body()->assign(size, '\0');
    return request;
}

}  // namespace peer
