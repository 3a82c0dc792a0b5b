#include "services/console/endpoints/console_service.hpp"

namespace tw::console {

template <class Request, class Answer>
Task<Result<Answer>> ConsoleService::ask(const CallContext& ctx, Result<Answer> (Archive::*question)(const Request&),
                                         const Request& request) {
    // A copy, since the caller may go away while a worker looks for the answer.
    const auto work = [this, question, request] { return (archive_.*question)(request); };
    co_return co_await workers_.run(ctx.loop(), work);
}

Task<Result<::console::Status>> ConsoleService::get_status(const CallContext& ctx, const ::console::GetStatusRequest&) {
    const auto work = [this] { return get_status_(); };
    co_return co_await workers_.run(ctx.loop(), work);
}

Task<Result<::console::Map>> ConsoleService::get_map(const CallContext& ctx, const ::console::GetMapRequest& request) {
    return ask(ctx, &Archive::get_map, request);
}

Task<Result<::console::ListTracesResponse>> ConsoleService::list_traces(const CallContext& ctx,
                                                                        const ::console::ListTracesRequest& request) {
    return ask(ctx, &Archive::list_traces, request);
}

Task<Result<::console::ListFacetsResponse>> ConsoleService::list_facets(const CallContext& ctx,
                                                                        const ::console::ListFacetsRequest& request) {
    return ask(ctx, &Archive::list_facets, request);
}

Task<Result<::console::Trace>> ConsoleService::get_trace(const CallContext& ctx, const ::console::GetTraceRequest& request) {
    return ask(ctx, &Archive::get_trace, request);
}

Task<Result<::console::Span>> ConsoleService::get_span(const CallContext& ctx, const ::console::GetSpanRequest& request) {
    return ask(ctx, &Archive::get_span, request);
}

Task<Result<::console::ListPinnedTracesResponse>> ConsoleService::list_pinned_traces(
    const CallContext& ctx, const ::console::ListPinnedTracesRequest& request) {
    return ask(ctx, &Archive::list_pinned_traces, request);
}

Task<Result<::console::PinnedTrace>> ConsoleService::pin_trace(const CallContext& ctx,
                                                               const ::console::PinTraceRequest& request) {
    return ask(ctx, &Archive::pin_trace, request);
}

Task<Result<::console::UnpinTraceResponse>> ConsoleService::unpin_trace(const CallContext& ctx,
                                                                        const ::console::UnpinTraceRequest& request) {
    return ask(ctx, &Archive::unpin_trace, request);
}

Task<Result<::console::ListLogsResponse>> ConsoleService::list_logs(const CallContext& ctx,
                                                                    const ::console::ListLogsRequest& request) {
    return ask(ctx, &Archive::list_logs, request);
}

Task<Result<::console::ListLogPatternsResponse>> ConsoleService::list_log_patterns(
    const CallContext& ctx, const ::console::ListLogPatternsRequest& request) {
    return ask(ctx, &Archive::list_log_patterns, request);
}

Task<Result<::console::ListProcessesResponse>> ConsoleService::list_processes(const CallContext& ctx,
                                                                              const ::console::ListProcessesRequest&) {
    return processes_.list(ctx);
}

Task<Result<::console::Process>> ConsoleService::get_process(const CallContext& ctx,
                                                             const ::console::GetProcessRequest& request) {
    return processes_.get(ctx, request.name());
}

Task<Result<::console::Process>> ConsoleService::set_log_level(const CallContext& ctx,
                                                               const ::console::SetLogLevelRequest& request) {
    return processes_.set_log_level(ctx, request.name(), request.levels());
}

Task<Result<void>> ConsoleService::watch(const CallContext& ctx, const ::console::WatchRequest& request,
                                         Watchers::Events& events) {
    return watchers_.watch(ctx, request, events);
}

}  // namespace tw::console
