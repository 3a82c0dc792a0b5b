#include "kit/http/server/served_stream.hpp"

#include "kit/http/reasons.hpp"
#include "kit/http/server/request_work.hpp"

#include <array>
#include <exception>
#include <utility>

namespace tw::http {

std::string_view name_of(StreamEnd end) {
    static constexpr std::array<std::string_view, 5> kNames{"complete", "failed", "client_gone", "stalled", "drained"};
    return kNames[static_cast<std::size_t>(end)];
}

ServedStream::ServedStream(ConnectionHost& host, RequestWork& work, SteadyTime started, std::shared_ptr<StreamedBody> body)
    : host_{host},
      work_{work},
      peer_{work.context().attributes().peer, 0},
      started_{started},
      body_{std::move(body)},
      scope_{host.loop},
      ctx_{work.context().with_scope(scope_)} {}

Task<void> ServedStream::begin(Response& head) {
    // In a drain the answer is an empty stream. A refusal would have an EventSource give up, which
    // connects again after the end of a stream (WHATWG HTML §9.2.3).
    if (ended_) co_return;
    const auto& limits = host_.limits;
    auto place = host_.answer_streams.admit(peer_, {limits.answer_streams_max, limits.answer_streams_per_address_max});
    if (!place) {
        const auto route = head.route;
        head = work_.refuse(Error{Code::unavailable, reason::kTooManyStreams, "there are too many streams; try again later"});
        head.route = route;
        co_return;
    }
    place_.emplace(std::move(*place));
    Timer late{host_.loop.timers(), [this] { scope_.cancel(deadline_exceeded()); }};
    late.arm(started_ + limits.request_time_max);
    const auto unprepared = head;
    co_await begin_body(head);
    if (has_no_content(head.status)) head.stream = nullptr;
    begun_ = head.stream != nullptr;
    if (!begun_ && ended_ == StreamEnd::drained) head = unprepared;
}

Task<void> ServedStream::begin_body(Response& head) {
    std::string what;
    try {
        auto task = body_->begin(ctx_, head);
        co_await std::move(task);
        co_return;
    } catch (...) {
        what = what_of(std::current_exception());
    }
    const auto route = head.route;
    head = work_.fail(what);
    head.route = route;
}

Task<void> ServedStream::run(BodyWriter& parts) {
    parts_ = &parts;
    head_at_ = host_.loop.now();
    if (begun_) {
        const auto done = co_await run_body();
        if (!ended_) ended_ = done ? StreamEnd::complete : StreamEnd::failed;
    }
    place_.reset();
}

Task<Result<void>> ServedStream::run_body() {
    std::string what;
    try {
        auto task = body_->run(ctx_, *this);
        co_return co_await std::move(task);
    } catch (...) {
        what = what_of(std::current_exception());
    }
    static_cast<void>(work_.fail(what));
    co_return internal(what);
}

void ServedStream::end(StreamEnd how) {
    if (ended_) return;
    ended_ = how;
    // The body may end in this call, and this object with it.
    scope_.cancel(cancelled());
}

Task<Result<void>> ServedStream::write(std::string_view part) {
    if (ctx_.over()) co_return *ctx_.over();
    if (part.empty()) co_return Result<void>{};
    bytes_ += part.size();
    co_return co_await parts_->write(part);
}

}  // namespace tw::http
