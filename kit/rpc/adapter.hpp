#pragma once

#include "kit/rpc/service.hpp"

#include <utility>

/// Generated registration uses these templates. They make an untyped Handler of a service's typed
/// virtual method.
namespace tw::rpc {

/// Checks a request against the contract's rules. Fails with INVALID_ARGUMENT and the violations
/// found, at most kViolationsMax.
Result<void> check(const Method& method, const Message& request);
/// Notes the ids of the messages for the call's span, if it is recorded. `response` is null if
/// there is none.
void note_ids(const CallContext& ctx, const Message& request, const Message* response);
/// The error for bytes that are no message of the method's request type: INVALID_ARGUMENT with the
/// reason MALFORMED_MESSAGE.
Error malformed_request();

template <class S, class Request, class Response>
using UnaryMethod = Task<Result<Response>> (S::*)(const CallContext&, const Request&);

template <class S, class Request, class Response, UnaryMethod<S, Request, Response> kCall, const Method& kMethod>
Task<Result<void>> serve_unary(Service& service, const CallContext& ctx, const Message& request, Message& response) {
    if (auto fine = check(kMethod, request); !fine) co_return fine;
    auto answer = co_await (static_cast<S&>(service).*kCall)(ctx, static_cast<const Request&>(request));
    if (kMethod.telemetry_ids != nullptr) note_ids(ctx, request, answer ? &*answer : nullptr);
    if (!answer) co_return std::move(answer).error();
    static_cast<Response&>(response) = std::move(*answer);
    co_return Result<void>{};
}

template <class S, class Request, class Response, UnaryMethod<S, Request, Response> kCall, const Method& kMethod>
Task<Result<void>> serve_unary_bytes(Service& service, const CallContext& ctx, std::string_view bytes, std::string& out) {
    Request request;
    if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) co_return malformed_request();
    if (auto fine = check(kMethod, request); !fine) co_return fine;
    auto answer = co_await (static_cast<S&>(service).*kCall)(ctx, request);
    if (kMethod.telemetry_ids != nullptr) note_ids(ctx, request, answer ? &*answer : nullptr);
    if (!answer) co_return std::move(answer).error();
    answer->AppendToString(&out);
    co_return Result<void>{};
}

template <class Response>
void swap_responses(Message& left, Message& right) {
    static_cast<Response&>(left).Swap(&static_cast<Response&>(right));
}

template <class S, class Request, class Response,
          Task<Result<void>> (S::*kCall)(const CallContext&, const Request&, Writer<Response>&)>
Task<Result<void>> serve_server_streaming(Service& service, const CallContext& ctx, ServerStream& stream) {
    Request request;
    auto got = co_await stream.read(request);
    if (!got) co_return std::move(got).error();
    if (!*got) co_return malformed_request();
    note_ids(ctx, request, nullptr);
    Writer<Response> writer{stream};
    co_return co_await (static_cast<S&>(service).*kCall)(ctx, request, writer);
}

template <class S, class Request, class Response, Task<Result<Response>> (S::*kCall)(const CallContext&, Reader<Request>&)>
Task<Result<void>> serve_client_streaming(Service& service, const CallContext& ctx, ServerStream& stream) {
    Reader<Request> reader{stream};
    auto answer = co_await (static_cast<S&>(service).*kCall)(ctx, reader);
    if (!answer) co_return std::move(answer).error();
    co_return co_await stream.write(*answer, {});
}

template <class S, class Request, class Response,
          Task<Result<void>> (S::*kCall)(const CallContext&, Reader<Request>&, Writer<Response>&)>
Task<Result<void>> serve_bidirectional(Service& service, const CallContext& ctx, ServerStream& stream) {
    Reader<Request> reader{stream};
    Writer<Response> writer{stream};
    co_return co_await (static_cast<S&>(service).*kCall)(ctx, reader, writer);
}

/// The empty message from which other messages of type M are made.
template <class M>
const Message& prototype() {
    return M::default_instance();
}

/// Selects the function that calls a service's member function, by the type of that member
/// function.
template <class Call>
struct Adapter;

template <class S, class Request, class Response>
struct Adapter<Task<Result<Response>> (S::*)(const CallContext&, const Request&)> {
    template <auto kCall, const Method& kMethod>
    static consteval Handler handler() {
        return {&kMethod, &serve_unary_bytes<S, Request, Response, kCall, kMethod>,
                &serve_unary<S, Request, Response, kCall, kMethod>, nullptr, &swap_responses<Response>};
    }
};

template <class S, class Request, class Response>
struct Adapter<Task<Result<void>> (S::*)(const CallContext&, const Request&, Writer<Response>&)> {
    template <auto kCall, const Method& kMethod>
    static consteval Handler handler() {
        return {&kMethod, nullptr, nullptr, &serve_server_streaming<S, Request, Response, kCall>};
    }
};

template <class S, class Request, class Response>
struct Adapter<Task<Result<Response>> (S::*)(const CallContext&, Reader<Request>&)> {
    template <auto kCall, const Method& kMethod>
    static consteval Handler handler() {
        return {&kMethod, nullptr, nullptr, &serve_client_streaming<S, Request, Response, kCall>};
    }
};

template <class S, class Request, class Response>
struct Adapter<Task<Result<void>> (S::*)(const CallContext&, Reader<Request>&, Writer<Response>&)> {
    template <auto kCall, const Method& kMethod>
    static consteval Handler handler() {
        return {&kMethod, nullptr, nullptr, &serve_bidirectional<S, Request, Response, kCall>};
    }
};

/// Makes the Handler that calls `kCall`, a member function of a generated service, for `kMethod`.
template <auto kCall, const Method& kMethod>
consteval Handler make_handler() {
    return Adapter<decltype(kCall)>::template handler<kCall, kMethod>();
}

}  // namespace tw::rpc
