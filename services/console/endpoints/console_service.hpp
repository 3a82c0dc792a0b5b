#pragma once

#include "kit/async/worker_pool.hpp"
#include "proto/console.tw.hpp"
#include "services/console/archive.hpp"
#include "services/console/endpoints/processes.hpp"
#include "services/console/endpoints/watchers.hpp"

namespace tw::console {

/// Answers the contract from the archive, whose functions block and therefore run on workers, and
/// from the operations ports of processes. It belongs to one loop.
class ConsoleService final : public ::console::ConsoleService {
 public:
    /// `get_status` says what the archive and the ports do; it is called on a worker. The objects
    /// outlive the service.
    ConsoleService(Archive& archive, WorkerPool& workers, Watchers& watchers, const Processes& processes,
                   Watchers::GetStatus get_status)
        : archive_{archive}, workers_{workers}, watchers_{watchers}, processes_{processes}, get_status_{std::move(get_status)} {}

    Task<Result<::console::Status>> get_status(const CallContext& ctx, const ::console::GetStatusRequest& request) override;
    Task<Result<::console::Map>> get_map(const CallContext& ctx, const ::console::GetMapRequest& request) override;
    Task<Result<::console::ListTracesResponse>> list_traces(const CallContext& ctx,
                                                            const ::console::ListTracesRequest& request) override;
    Task<Result<::console::ListFacetsResponse>> list_facets(const CallContext& ctx,
                                                            const ::console::ListFacetsRequest& request) override;
    Task<Result<::console::Trace>> get_trace(const CallContext& ctx, const ::console::GetTraceRequest& request) override;
    Task<Result<::console::Span>> get_span(const CallContext& ctx, const ::console::GetSpanRequest& request) override;
    Task<Result<::console::ListPinnedTracesResponse>> list_pinned_traces(
        const CallContext& ctx, const ::console::ListPinnedTracesRequest& request) override;
    Task<Result<::console::PinnedTrace>> pin_trace(const CallContext& ctx, const ::console::PinTraceRequest& request) override;
    Task<Result<::console::UnpinTraceResponse>> unpin_trace(const CallContext& ctx,
                                                            const ::console::UnpinTraceRequest& request) override;
    Task<Result<::console::ListLogsResponse>> list_logs(const CallContext& ctx,
                                                        const ::console::ListLogsRequest& request) override;
    Task<Result<::console::ListLogPatternsResponse>> list_log_patterns(const CallContext& ctx,
                                                                       const ::console::ListLogPatternsRequest& request) override;
    Task<Result<::console::ListProcessesResponse>> list_processes(const CallContext& ctx,
                                                                  const ::console::ListProcessesRequest& request) override;
    Task<Result<::console::Process>> get_process(const CallContext& ctx, const ::console::GetProcessRequest& request) override;
    Task<Result<::console::Process>> set_log_level(const CallContext& ctx, const ::console::SetLogLevelRequest& request) override;
    Task<Result<void>> watch(const CallContext& ctx, const ::console::WatchRequest& request, Watchers::Events& events) override;

 private:
    template <class Request, class Answer>
    Task<Result<Answer>> ask(const CallContext& ctx, Result<Answer> (Archive::*question)(const Request&), const Request& request);

    Archive& archive_;
    WorkerPool& workers_;
    Watchers& watchers_;
    const Processes& processes_;
    Watchers::GetStatus get_status_;
};

}  // namespace tw::console
