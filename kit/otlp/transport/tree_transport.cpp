#include "kit/otlp/transport/tree_transport.hpp"

#include "kit/otlp/transport/write_whole.hpp"

#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

namespace tw::otlp {
namespace {

std::string_view service_of(const opentelemetry::proto::resource::v1::Resource& resource) {
    for (const auto& attribute : resource.attributes()) {
        if (attribute.key() == "service.name") return attribute.value().string_value();
    }
    return "unknown_service";
}

}  // namespace

Task<SendOutcome> TreeTransport::send(const CallContext&, telemetry::Signal signal, std::string_view request) {
    opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest traces;
    if (signal != telemetry::Signal::traces || !traces.ParseFromArray(request.data(), static_cast<int>(request.size()))) {
        co_return SendOutcome::refusal("the request has no spans");
    }
    const auto now = loop_.now();
    for (const auto& resource : traces.resource_spans()) {
        const auto service = service_of(resource.resource());
        for (const auto& scope : resource.scope_spans()) {
            for (const auto& span : scope.spans()) traces_.add(span.trace_id(), TreeSpan::of(span, service), now);
        }
    }
    static_cast<void>(write_whole(fd_, traces_.take_excess()));
    co_return SendOutcome{};
}

void TreeTransport::end_round(bool last) {
    // These spans count as exported already. A failure to write them is not reported anywhere.
    static_cast<void>(write_whole(fd_, last ? traces_.take_all() : traces_.end_round(loop_.now())));
}

}  // namespace tw::otlp
