#include "kit/http/server/connection.hpp"
#include "kit/http/server/request_work.hpp"

namespace tw::http {
namespace {

/// Stores the response in `out`. It runs in a coroutine of its own.
Task<void> fill(Task<Response> response, std::optional<Response>& out) { out.emplace(co_await std::move(response)); }

}  // namespace

Task<void> Connection::answer() {
    phase_ = Phase::handling;
    CancelScope scope{host_.loop, Deadline::at(started_ + host_.limits.request_time_max)};
    if (lost_) scope.cancel(cancelled());
    scope_ = &scope;
    const auto& request = parser_.request();
    RequestWork work{host_, origin_, request, scope, started_};
    auto response = work.answer_without_handler();
    if (!response && output_.empty()) {
        response.emplace(co_await work.call_handler());
    } else if (!response) {
        // Answers to earlier requests have been collected. They must not wait for this handler,
        // which may wait for something.
        Gate gate;
        spawn(gate, fill(work.call_handler(), response));
        if (!response) co_await flush();
        co_await close_and_wait(gate);
    }
    scope_ = nullptr;
    if (response->stream != nullptr) co_return co_await answer_in_parts(work, std::move(*response));
    conclude(work, *response);
}

/// Whether the connection continues after the request. After a handler threw, its state is unknown,
/// so the connection is not kept. A client that has ended its side may have sent more requests
/// before.
bool Connection::keeps_alive(const RequestWork& work) const {
    const bool more_may_come = !lost_ && (!ended_ || !input_.empty());
    return wants_keep_alive_ && !draining_ && more_may_come && !work.failed();
}

void Connection::conclude(RequestWork& work, const Response& response) {
    keep_alive_ = keeps_alive(work);
    work.finish(response);
    append(response, parser_.request().method == "HEAD", work.request_id());
    phase_ = Phase::idle;
}

void Connection::append(const Response& response, bool head_only, std::string_view request_id) {
    append_response(output_, response,
                    {.head_only = head_only,
                     .keep_alive = keep_alive_,
                     .http_1_1 = version_ == Version::http_1_1,
                     .date = host_.dates.now(),
                     .fixed = &host_.edge.fields,
                     .request_id = request_id});
}

}  // namespace tw::http
