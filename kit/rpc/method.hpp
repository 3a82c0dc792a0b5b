#pragma once

#include "kit/base/error.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace google::protobuf {
class Message;
}

namespace tw::rpc {

using google::protobuf::Message;

class TelemetryIds;  // kit/rpc/telemetry_ids.hpp

enum class Shape : std::uint8_t { unary, client_streaming, server_streaming, bidirectional };

/// What repeating a call does. The contract states it (tradewind/options.proto).
enum class Idempotency : std::uint8_t {
    none,        ///< each call has its effect
    safe,        ///< no effect at all: may be repeated and hedged
    idempotent,  ///< the second call changes nothing
    keyed,       ///< repeating with the same idempotency key changes nothing and gets the same answer
};

/// Which calls go first when a module is overloaded (tradewind.Priority in the contract).
enum class Priority : std::uint8_t { payment, write, read, background };
inline constexpr std::size_t kPriorities = 4;

/// Who may call a method (tradewind.Caller in the contract).
enum class Caller : std::uint8_t { anyone, owner, support, merchant, service, operator_ };

/// A set of callers, with one bit for each.
using CallerSet = std::uint32_t;
constexpr CallerSet set_of(Caller caller) { return 1U << static_cast<unsigned>(caller); }
inline constexpr CallerSet kEveryCaller = ~CallerSet{0};

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
    /// The HTTP route that the contract gives the method, such as "GET /api/users/{id}". Empty if
    /// there is none.
    std::string_view route{};
    /// The most bytes of a request that comes in at the HTTP port. 0 means the port's limit.
    std::size_t request_bytes_max = 0;
    Priority priority = Priority::write;
    /// Clears the fields of a response that nobody in `callers` may see (`visible_to` in the
    /// contract). Null if each caller that may call the method sees all fields.
    void (*hide_fields)(Message& response, CallerSet callers) = nullptr;
    /// The callers from whom `hide_fields` hides nothing.
    CallerSet see_all_fields = kEveryCaller;
    /// Adds the ids that the contract names for telemetry. `response` is null if there is none.
    /// Null if neither message has one.
    void (*telemetry_ids)(const Message& request, const Message* response, TelemetryIds& ids) = nullptr;
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

/// The HTTP routes of one service, in the order of its contract. They are generated, and have
/// static storage.
struct Routes : std::span<const Route> {
    /// The OpenAPI 3.1 document of these routes, as JSON without line breaks. Its info has neither
    /// the title nor the version of a program. Empty if there are no routes.
    std::string_view openapi;
};

}  // namespace tw::rpc
