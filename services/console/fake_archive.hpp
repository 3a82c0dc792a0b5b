#pragma once

#include "services/console/archive.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tw::console::test {

/// An archive in memory. It keeps requests as they are, ends them as the test says, and answers
/// questions with what the test has set.
class FakeArchive : public Archive {
 public:
    void add(telemetry::Signal signal, std::string request, Done done) override {
        const std::lock_guard lock{mutex};
        requests.emplace_back(signal, std::move(request));
        Result<Accepted> outcome = Accepted{};
        if (!outcomes.empty()) {
            outcome = std::move(outcomes.front());
            outcomes.pop_front();
        }
        if (done) done(std::move(outcome));
    }
    std::shared_ptr<const IntakeStats> stats() const override { return std::make_shared<IntakeStats>(); }
    void count_lost(std::string_view, std::uint64_t records) override { lost += records; }
    void on_arrival(OnArrival arrived) override { arrival = std::move(arrived); }
    void tell_arrivals(bool wanted) override { arrivals_wanted = wanted; }

    Result<::console::Status> get_status(const ::console::GetStatusRequest&) override {
        ::console::Status status;
        status.set_spans(7);
        return status;
    }
    Result<::console::Map> get_map(const ::console::GetMapRequest& request) override {
        map_request = request;
        return map;
    }
    /// A query finds the traces of that name. The token of a page is the place of its first trace.
    Result<::console::ListTracesResponse> list_traces(const ::console::ListTracesRequest& request) override {
        trace_requests.push_back(request);
        if (request.q() == "(") return bad_query();
        ::console::ListTracesResponse response;
        const int size = request.page_size() == 0 ? page_size_max : std::min(request.page_size(), page_size_max);
        std::size_t next = request.page_token().empty() ? 0 : std::stoul(request.page_token());
        for (; next < traces.size() && response.traces_size() < size; ++next) {
            const bool found = every_query_finds_all || request.q().empty() || traces[next].name() == request.q();
            if (found) *response.add_traces() = traces[next];
        }
        if (next < traces.size()) response.set_next_page_token(std::to_string(next));
        return response;
    }
    Result<::console::ListFacetsResponse> list_facets(const ::console::ListFacetsRequest&) override {
        return ::console::ListFacetsResponse{};
    }
    Result<::console::Trace> get_trace(const ::console::GetTraceRequest& request) override {
        return Error{Code::not_found, "TRACE_NOT_FOUND", "no trace " + request.trace_id()};
    }
    Result<::console::Span> get_span(const ::console::GetSpanRequest&) override { return ::console::Span{}; }
    Result<::console::ListLogsResponse> list_logs(const ::console::ListLogsRequest& request) override {
        if (request.q() == "(") return bad_query();
        return ::console::ListLogsResponse{};
    }
    Result<::console::ListLogPatternsResponse> list_log_patterns(const ::console::ListLogPatternsRequest&) override {
        return ::console::ListLogPatternsResponse{};
    }
    Result<::console::ListPinnedTracesResponse> list_pinned_traces(const ::console::ListPinnedTracesRequest&) override {
        ::console::ListPinnedTracesResponse response;
        for (const auto& id : pinned) response.add_traces()->mutable_summary()->set_trace_id(id);
        return response;
    }
    Result<::console::PinnedTrace> pin_trace(const ::console::PinTraceRequest& request) override {
        pinned.push_back(request.trace_id());
        ::console::PinnedTrace answer;
        answer.mutable_summary()->set_trace_id(request.trace_id());
        return answer;
    }
    Result<::console::UnpinTraceResponse> unpin_trace(const ::console::UnpinTraceRequest& request) override {
        std::erase(pinned, request.trace_id());
        return ::console::UnpinTraceResponse{};
    }
    Result<std::string> get_otlp(const std::string& trace_id) override {
        const auto found = kept.find(trace_id);
        if (found == kept.end()) return Error{Code::not_found, "TRACE_NOT_FOUND", "no trace " + trace_id};
        return found->second;
    }

    std::mutex mutex;
    std::vector<std::string> pinned;
    std::vector<std::pair<telemetry::Signal, std::string>> requests;
    std::deque<Result<Accepted>> outcomes;
    std::uint64_t lost = 0;
    OnArrival arrival;
    std::atomic<bool> arrivals_wanted = true;
    std::vector<::console::TraceSummary> traces;
    bool every_query_finds_all = false;
    int page_size_max = 1'000;
    std::vector<::console::ListTracesRequest> trace_requests;
    ::console::Map map;
    ::console::GetMapRequest map_request;
    /// OTLP requests by the ids of their traces.
    std::map<std::string, std::string> kept;

 private:
    static Error bad_query() {
        return Error{Code::invalid_argument, "BAD_QUERY", "the query cannot be read"}.with_violation("/q", "expected a term");
    }
};

}  // namespace tw::console::test
