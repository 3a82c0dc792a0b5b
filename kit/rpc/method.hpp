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

/// What repeating a call does. The contract states it (tradewind/options.proto).
enum class Idempotency : std::uint8_t {
    none,        ///< each call has its effect
    safe,        ///< no effect at all: may be repeated and hedged
    idempotent,  ///< the second call changes nothing
    /// Repeating is harmless with the same idempotency key once services store keys. Until then it
    /// is treated as `none`.
    keyed,
};

/// Who may call a method (tradewind.Caller in the contract).
enum class Caller : std::uint8_t { anyone, owner, support, merchant, service, operator_ };

/// One method of the contract. Methods are generated as constants with static storage, and are
/// compared by address.
struct Method {
    /// The ":path" of its calls, such as "/user.UserService/GetUser".
    std::string_view path;
    /// The names of the service and of the method, such as "user.UserService" and "GetUser".
    std::string_view service;
    std::string_view name;
    Shape shape;
    Idempotency idempotency;
    /// How long a call may take if the caller sets no shorter time.
    std::chrono::milliseconds deadline;
    std::span<const Caller> allow;
    /// Return the empty messages from which requests and responses are made.
    const Message& (*request_prototype)();
    const Message& (*response_prototype)();
    /// Adds the violations of the contract's field rules. `request` must have the method's type.
    void (*validate)(const Message& request, std::vector<Violation>& violations);
};

/// One HTTP route of the contract.
struct Route {
    /// The verb is one of "GET", "POST", "PATCH", "PUT" and "DELETE".
    std::string_view verb;
    /// The path, such as "/api/users/{id}". A variable is one path segment and names a field of the
    /// request.
    std::string_view path;
    /// "*" means that the JSON body is the request. A field's name means that the body is that
    /// field. The empty text means that there is no body, and that query parameters fill the
    /// remaining fields.
    std::string_view body;
    const Method* method;
};

}  // namespace tw::rpc
