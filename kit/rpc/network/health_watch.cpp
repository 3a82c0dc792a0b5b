#include "kit/rpc/network/health_watch.hpp"

#include "kit/async/sleep.hpp"
#include "kit/rpc/standard_method.hpp"

#include <algorithm>
#include <grpc/health/v1/health.pb.h>

namespace tw::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr Method kWatchCall = standard_method<HealthCheckRequest, HealthCheckResponse>(
    "/grpc.health.v1.Health/Watch", "grpc.health.v1.Health", "Watch", Shape::server_streaming, kNoTimeLimit);

/// Marks that a watch has a stream, while this object exists.
class StreamFlag {
 public:
    explicit StreamFlag(HealthWatch& watch) : watch_{watch} { watch_.has_stream = true; }
    ~StreamFlag() { watch_.has_stream = false; }
    StreamFlag(const StreamFlag&) = delete;
    StreamFlag& operator=(const StreamFlag&) = delete;

 private:
    HealthWatch& watch_;
};

/// Follows one watch to its end, and returns why it ended. `heard` says whether any status came.
Task<Result<void>> follow_once(NetworkCall& call, std::move_only_function<void(Health)>& tell, bool& heard) {
    const HealthCheckRequest whole_server;
    if (auto sent = co_await call.write(whole_server, {}); !sent) co_return sent;
    if (auto sent = co_await call.finish_writes(); !sent) co_return sent;
    HealthCheckResponse said;
    while (true) {
        auto more = co_await call.read(said);
        if (!more) co_return std::move(more).error();
        if (!*more) co_return Result<void>{};
        heard = true;
        tell(said.status() == HealthCheckResponse::SERVING ? Health::serving : Health::not_serving);
    }
}

}  // namespace

Task<void> follow_health(HealthWatch& watch, net::H2Session& session, const CallSettings& settings, Random& random,
                         std::move_only_function<void(Health)> tell) {
    const auto& ctx = watch.call.context();
    Backoff backoff{{.first = settings.options.backoff_first, .last = settings.options.backoff_last}};
    while (!ctx.over()) {
        bool heard = false;
        Result<void> ended;
        {
            Metadata sent;
            Metadata initial;
            Metadata trailing;
            CallInfo info{kWatchCall, sent, initial, trailing};
            NetworkCall call{ctx, info, settings};
            if (!call.start(session)) co_return;
            const StreamFlag flag{watch};
            ended = co_await follow_once(call, tell, heard);
            // The watch reports no health for a connection that was lost, or after the watch was
            // cancelled.
            if (ctx.over() || call.connection_lost()) co_return;
        }
        if (!ended && ended.error().code() == Code::unimplemented) co_return tell(Health::serving);
        tell(Health::not_serving);
        if (heard) backoff.reset();
        const auto wait = backoff.next(random.uniform());
        if (auto rested = co_await sleep_for(ctx, wait); !rested) co_return;
    }
}

}  // namespace tw::rpc
