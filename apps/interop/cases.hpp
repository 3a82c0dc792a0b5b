#pragma once

#include "apps/interop/test_methods.hpp"
#include "kit/rpc/client.hpp"

#include <span>
#include <string>
#include <string_view>

namespace tw::interop {

/// The sizes in bytes of the payloads that the descriptions call large.
inline constexpr std::int32_t kLargeRequest = 271'828;
inline constexpr std::int32_t kLargeResponse = 314'159;

/// One case of grpc/doc/interop-test-descriptions.md. `run` fails with FAILED_PRECONDITION and what
/// the server did that differs from the description.
struct Case {
    std::string_view name;
    Task<Result<void>> (*run)(rpc::Channel& channel, EventLoop& loop);
};

std::span<const Case> unary_cases();
std::span<const Case> streaming_cases();
std::span<const Case> compression_cases();
std::span<const Case> orca_cases();

/// Returns null if there is no case of that name.
const Case* find_case(std::string_view name);

Error unlike(std::string what);
/// Succeeds if `outcome` has the code `code`, and has `message` unless that is empty.
Result<void> expect_status(const Error* outcome, Code code, std::string_view message = {});

template <class T>
Result<void> expect_failure(const Result<T>& outcome, Code code, std::string_view message = {}) {
    return expect_status(outcome ? nullptr : &outcome.error(), code, message);
}

template <class Message>
Message with_payload(std::size_t size) {
    Message message;
    message.mutable_payload()->mutable_body()->assign(size, '\0');
    return message;
}

/// Succeeds if a response came with a payload of `size` bytes.
template <class Response>
Result<void> expect_payload(const Result<Response>& response, std::size_t size) {
    if (!response) return response.error();
    if (response->payload().body().size() == size) return {};
    return unlike("a payload of " + std::to_string(response->payload().body().size()) + " bytes instead of " +
                  std::to_string(size));
}

/// Succeeds if the stream's next message came with a payload of `size` bytes.
template <class Response>
Result<void> expect_next(const Result<std::optional<Response>>& next, std::size_t size) {
    if (!next) return next.error();
    if (!*next) return unlike("the stream ended early");
    return expect_payload(Result<Response>{**next}, size);
}

template <class Response>
Result<void> expect_end(const Result<std::optional<Response>>& next) {
    if (!next) return next.error();
    if (*next) return unlike("a message too many");
    return {};
}

}  // namespace tw::interop
