#include "kit/net/tls_check.hpp"

#include <array>
#include <utility>

namespace tw::net {
namespace {

/// Moves the cause into the detail, since it is what the check was made for.
Error tell(const Error& error) { return error.cause().empty() ? error : Error{error.code(), error.reason(), error.cause()}; }

/// Waits for the first bytes, which show that the server accepted the client's certificate.
Task<Result<void>> await_first_bytes(CancelScope& scope, Stream& stream) {
    const CancelScope::Hook hook{scope, [&stream](const Error&) { stream.close(); }};
    std::array<char, 1> first{};
    const auto read = co_await stream.read_some(first);
    if (read || scope.error()) co_return Result<void>{};
    co_return read.error();
}

}  // namespace

Task<Result<TlsSession>> check_tls(const CallContext& ctx, EventLoop& loop, const Address& address,
                                   std::chrono::nanoseconds timeout, TlsClient& client) {
    CancelScope scope{loop, Deadline::after(loop.now(), timeout), &ctx.scope()};
    auto stream = co_await connect_tls(ctx, loop, address, timeout, client);
    if (ctx.over()) co_return *ctx.over();
    if (!stream) co_return tell(stream.error());
    auto session = *(*stream)->tls();
    const auto accepted = co_await await_first_bytes(scope, **stream);
    (*stream)->close();
    if (ctx.over()) co_return *ctx.over();
    if (!accepted) co_return tell(accepted.error());
    co_return std::move(session);
}

}  // namespace tw::net
