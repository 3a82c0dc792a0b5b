#include "apps/interop/orca_service.hpp"

#include "kit/async/sleep.hpp"
#include "kit/rpc/adapter.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace tw::interop {
namespace {

class OrcaService final : public rpc::Service {
 public:
    explicit OrcaService(const ServerLoad& load) : load_{load} {}

    std::string_view service_name() const override { return kOrcaService; }
    std::span<const rpc::Handler> handlers() const override {
        static constexpr std::array kHandlers{rpc::make_handler<&OrcaService::stream, kStreamCoreMetrics>()};
        return kHandlers;
    }

    Task<Result<void>> stream(const CallContext& ctx, const OrcaLoadReportRequest& request, rpc::Writer<OrcaLoadReport>& writer) {
        const auto interval = report_interval(request);
        while (true) {
            // The report is copied, because the load may change while it is being written.
            const OrcaLoadReport report = load_.report();
            if (auto sent = co_await writer.write(report); !sent) co_return sent;
            if (auto rested = co_await sleep_for(ctx, interval); !rested) co_return rested;
        }
    }

 private:
    const ServerLoad& load_;
};

}  // namespace

std::chrono::nanoseconds report_interval(const OrcaLoadReportRequest& request) {
    const auto& asked = request.report_interval();
    // The seconds of a Duration may exceed the range of nanoseconds, so they are clamped first.
    const auto seconds = std::clamp<std::int64_t>(asked.seconds(), 0, std::chrono::seconds{kReportIntervalMost}.count());
    return std::clamp<std::chrono::nanoseconds>(std::chrono::seconds{seconds} + std::chrono::nanoseconds{asked.nanos()},
                                                kReportIntervalLeast, kReportIntervalMost);
}

std::unique_ptr<rpc::Service> make_orca_service(const ServerLoad& load) { return std::make_unique<OrcaService>(load); }

}  // namespace tw::interop
