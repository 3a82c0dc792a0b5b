#include "kit/rpc/call_durations.hpp"

#include "kit/net/address.hpp"
#include "kit/rpc/span_attributes.hpp"

#include <string>
#include <utility>

namespace tw::rpc {

void CallDurations::record(Code code, bool failed, double seconds, const TraceContext& trace) {
    series_.record(code, seconds, trace, [&] { return bind(code, failed); });
}

telemetry::Histogram CallDurations::bind(Code code, bool failed) {
    const std::string status{code_name(code)};
    telemetry::MetricAttributes attributes{{"rpc.method", std::string{full_name(method_)}},
                                           {"rpc.response.status_code", status},
                                           {"rpc.system.name", std::string{"grpc"}}};
    if (failed) attributes.emplace_back("error.type", status);
    if (const auto address = net::Address::parse(authority_); !authority_.empty() && address) {
        attributes.emplace_back("server.address", address->host);
        attributes.emplace_back("server.port", std::int64_t{address->port});
    }
    return meter_.histogram_with(instrument_, std::move(attributes));
}

}  // namespace tw::rpc
