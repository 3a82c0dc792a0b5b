#include "kit/gateway/standard/standard_services.hpp"

#include "kit/gateway/calls/grpc_form.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tw::gateway {
namespace {

constexpr std::string_view kWatch = "/grpc.health.v1.Health/Watch";
constexpr std::array<std::string_view, 2> kPrefixes{"/grpc.health.v1.Health/", "/grpc.reflection."};

rpc::ServerLimits with_message_limit(rpc::ServerLimits limits) {
    limits.message_bytes_max = std::min(limits.message_bytes_max, StandardServices::kBodyLimits.message_bytes_max);
    return limits;
}

}  // namespace

StandardServices::StandardServices(EventLoop& loop, telemetry::Telemetry telemetry, const std::vector<std::string_view>& services,
                                   std::function<bool()> ready, Options options)
    : services_{loop, table_, telemetry, std::move(ready), services},
      streams_{loop, table_, with_message_limit(options.limits), {std::move(options.streams), options.streams_max}} {
    table_.set_policies(options.policies);
}

const rpc::ServiceTable::Entry* StandardServices::find(std::string_view path) const {
    return path == kWatch ? nullptr : table_.find(path);
}

bool StandardServices::wants(const http::Request& head) const {
    const auto leads = [&head](std::string_view prefix) { return head.path.starts_with(prefix); };
    return std::ranges::any_of(kPrefixes, leads) && head.method == "POST" && grpc_form(head) == GrpcForm::grpc &&
           !head.headers.find("origin");
}

net::H2Stream& StandardServices::take(const http::StreamOrigin& origin) {
    return streams_.take(origin.started, origin.peer, origin.attributes);
}

}  // namespace tw::gateway
