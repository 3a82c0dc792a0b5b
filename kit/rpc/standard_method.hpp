#pragma once

#include "kit/rpc/adapter.hpp"
#include "kit/rpc/field_rules.hpp"

#include <chrono>
#include <string_view>

namespace tw::rpc {

/// The deadline of calls that go on until one side ends them.
inline constexpr std::chrono::hours kNoTimeLimit{10 * 365 * 24};

inline constexpr Caller kAnyCaller[] = {Caller::anyone};

/// Whether a method belongs to gRPC's own services, such as health and reflection.
constexpr bool is_standard(const Method& method) { return method.service.starts_with("grpc."); }

/// Describes a method of a contract from elsewhere, which states no policies. Anyone may call the
/// method, its requests have no rules, and nothing is known about repeating it.
template <class Request, class Response>
constexpr Method standard_method(std::string_view path, std::string_view service, std::string_view name, Shape shape,
                                 std::chrono::milliseconds deadline) {
    return {.path = path,
            .service = service,
            .name = name,
            .shape = shape,
            .idempotency = Idempotency::none,
            .deadline = deadline,
            .allow = kAnyCaller,
            .request_prototype = &prototype<Request>,
            .response_prototype = &prototype<Response>,
            .validate = &rules::accept_any};
}

}  // namespace tw::rpc
