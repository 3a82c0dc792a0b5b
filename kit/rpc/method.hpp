#pragma once

#include "kit/base/error.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Message;
}

namespace tw::rpc {

using google::protobuf::Message;

enum class Shape : std::uint8_t { unary, client_streaming, server_streaming, bidirectional };

/// What repeating a call does (tradewind/options.proto says it in the contract).
enum class Idempotency : std::uint8_t {
    none,        ///< each call has its effect
    safe,        ///< no effect at all: may be repeated and hedged
    idempotent,  ///< the second call changes nothing
    keyed,       ///< will be harmless to repeat with the same idempotency key, once services store keys; until then as none
};

/// Who may call (tradewind.Caller in the contract).
enum class Caller : std::uint8_t { anyone, owner, support, merchant, service, operator_ };

/// One method of the contract. Generated as constants with static storage; compared by address.
struct Method {
    /// ":path" of the call: "/user.UserService/GetUser".
    std::string_view path;
    /// "user.UserService" and "GetUser".
    std::string_view service;
    std::string_view name;
    Shape shape;
    Idempotency idempotency;
    /// How long the method may take where the caller does not say less.
    std::chrono::milliseconds deadline;
    std::span<const Caller> allow;
    /// Empty messages to make requests and responses from.
    const Message& (*request_prototype)();
    const Message& (*response_prototype)();
    /// Adds what the field options of the contract find wrong with a request; the request has the method's type.
    void (*validate)(const Message& request, std::vector<Violation>& violations);
};

/// One HTTP route of the contract.
struct Route {
    /// "GET", "POST", "PATCH", "PUT", "DELETE".
    std::string_view verb;
    /// "/api/users/{id}": a variable is one path segment and names a field of the request.
    std::string_view path;
    /// "*": the JSON body is the request; a field's name: it is that field; empty: no body, query parameters fill the rest.
    std::string_view body;
    const Method* method;
};

}  // namespace tw::rpc
