#include "kit/otlp/make_transport.hpp"

#include "kit/otlp/transport/grpc_transport.hpp"
#include "kit/otlp/transport/http_transport.hpp"
#include "kit/otlp/transport/text_transport.hpp"
#include "kit/otlp/transport/tree_transport.hpp"

#include <unistd.h>

namespace tw::otlp {

TransportFactory transports_of(const Settings& settings, const Clock& clock) {
    return [settings, &clock](EventLoop& loop, telemetry::Signal signal) -> Result<std::unique_ptr<Transport>> {
        const auto& wanted = settings.of(signal);
        if (settings.disabled) return nullptr;
        switch (wanted.exporter) {
            case ExporterKind::none:
                return nullptr;
            case ExporterKind::otlp:
                if (wanted.protocol == Protocol::grpc) return GrpcTransport::make(loop, wanted);
                return HttpTransport::make(loop, wanted, clock);
            case ExporterKind::console:
                if (signal == telemetry::Signal::traces) {
                    return std::make_unique<TreeTransport>(loop, STDOUT_FILENO, HeldTraces::Limits{});
                }
                return TextTransport::to_console();
            case ExporterKind::file:
                if (settings.file_path.empty()) {
                    return Error{Code::failed_precondition, "NO_FILE",
                                 "the file exporter has no path: set OTEL_EXPORTER_OTLP_FILE_PATH"};
                }
                return TextTransport::to_file(settings.file_path);
        }
        return nullptr;
    };
}

}  // namespace tw::otlp
