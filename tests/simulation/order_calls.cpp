#include "tests/simulation/order_calls.hpp"

#include "tests/simulation/order_history.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace tw::shop {
namespace {

constexpr std::string_view kWatch = "watch an order";

std::int64_t micros_of(const std::string& time) {
    const auto parsed = Timestamp::parse(time);
    return parsed ? parsed->unix_micros() : 0;
}

}  // namespace

void OrderCalls::note_new(std::size_t at, const ::order::Order& order) {
    auto& told = entry(at);
    told.told = Told::done;
    told.id = order.id();
    told.version = order.version();
    told.status = order.status();
    told.payment_status = order.payment_status();
    told.expires_at = micros_of(order.expires_at());
    told.total_minor = order.total().minor();
}

Task<OrderCalls::Answer> OrderCalls::about(std::string_view what, std::size_t at, Make make) {
    const auto known = entry(at).version;
    auto calling = caller_.call<::order::Order>(what, std::move(make));
    auto answer = co_await std::move(calling);
    if (answer) check(what, at, *answer, known);
    if (!answer && answer.error().code() == Code::not_found) caller_.broken(what, "an order that was acknowledged is not there");
    co_return answer;
}

void OrderCalls::check(std::string_view what, std::size_t at, const ::order::Order& order, std::int64_t known) {
    auto& told = entry(at);
    if (order.version() < known)
        caller_.broken(what, fmt::format("version {} of {} after {} was acknowledged", order.version(), told.id, known));
    std::map<std::string, std::int64_t> pieces;
    for (const auto& line : order.lines()) pieces[line.product_id()] += line.quantity();
    if (pieces != told.pieces) caller_.broken(what, "the order " + told.id + " has other lines than were ordered");
    if (order.total().minor() != told.total_minor)
        caller_.broken(what, "the order " + told.id + " has another total than before");
    // Somebody else may have been told of a later version while this call was under way.
    if (order.version() < told.version) {
        if (!may_become(order.status(), told.status))
            caller_.broken(what, fmt::format("the order {} was {} before it was {}", told.id, order.status(), told.status));
        return;
    }
    const bool same_version = order.version() == told.version;
    if (same_version && (order.status() != told.status || order.payment_status() != told.payment_status))
        caller_.broken(what, fmt::format("version {} of {} is told in two ways", order.version(), told.id));
    const auto fault = fault_of_status(told, order.status(), order.payment_status(), street_.simulation.now().unix_micros());
    if (fault) caller_.broken(what, "the order " + told.id + " " + *fault);
    told.version = order.version();
    told.status = order.status();
    told.payment_status = order.payment_status();
}

Task<bool> OrderCalls::look(std::size_t at) {
    ::order::GetOrderRequest request;
    request.set_id(entry(at).id);
    co_await about("look at an order", at, [&](const CallContext& ctx) { return orders_.get_order(ctx, request); });
    co_return true;
}

Task<bool> OrderCalls::look_at_timeline(std::size_t at) {
    constexpr std::string_view kWhat = "look at a timeline";
    ::order::GetTimelineRequest request;
    request.set_id(entry(at).id);
    auto calling =
        caller_.call<::order::Timeline>(kWhat, [&](const CallContext& ctx) { return orders_.get_timeline(ctx, request); });
    const auto timeline = co_await std::move(calling);
    if (!timeline) {
        if (timeline.error().code() == Code::not_found) caller_.broken(kWhat, "an order that was acknowledged is not there");
        co_return true;
    }
    std::int64_t version = 0;
    std::int64_t time = 0;
    std::string status = "pending";
    for (const auto& one : timeline->entries()) {
        const auto at_time = micros_of(one.at());
        if (one.version() <= version || at_time <= time || !may_become(status, one.status())) {
            caller_.broken(kWhat, fmt::format("the order {} is {} in version {} after it was {} in version {}", entry(at).id,
                                              one.status(), one.version(), status, version));
        }
        version = one.version();
        time = at_time;
        status = one.status();
    }
    co_return true;
}

Task<bool> OrderCalls::watch(std::size_t at, std::chrono::nanoseconds time) {
    ::order::WatchOrderRequest request;
    request.set_id(entry(at).id);
    request.set_after_version(entry(at).watched_version);
    auto calling =
        caller_.call<::order::Order>(kWatch, [&](const CallContext& ctx) { return read_stream(ctx, at, request); }, time);
    const auto last = co_await std::move(calling);
    if (!last && last.error().code() == Code::not_found) caller_.broken(kWatch, "an order that was acknowledged is not there");
    if (last && !is_final(entry(at).status))
        caller_.broken(kWatch, fmt::format("the stream of {} ends while it is {}", entry(at).id, entry(at).status));
    co_return true;
}

Task<OrderCalls::Answer> OrderCalls::read_stream(const CallContext& ctx, std::size_t at, ::order::WatchOrderRequest request) {
    auto opening = orders_.watch_order(ctx, request);
    auto stream = co_await std::move(opening);
    if (!stream) co_return std::move(stream).error();
    ::order::Order last;
    while (true) {
        auto next = co_await stream->read();
        if (!next) co_return std::move(next).error();
        if (!*next) co_return last;
        last = **next;
        if (last.version() <= entry(at).watched_version) {
            caller_.broken(kWatch, fmt::format("the stream of {} tells version {} after {}", entry(at).id, last.version(),
                                               entry(at).watched_version));
        }
        // Somebody else may have been told of a later version before this one was read.
        check(kWatch, at, last, 0);
        entry(at).watched_version = last.version();
    }
}

Task<bool> OrderCalls::pay(std::size_t at, std::string token, bool on_fulfilment) {
    entry(at).pay_asked = true;
    entry(at).tokens.emplace(token, Told::open);
    ::order::PayOrderRequest request;
    request.set_id(entry(at).id);
    request.set_payment_token(token);
    if (on_fulfilment) request.set_capture("on_fulfilment");
    const auto answer = co_await about("pay", at, [&](const CallContext& ctx) { return orders_.pay_order(ctx, request); });
    note_token(at, token, answer);
    co_return true;
}

/// What became of a token is told for good. An answer may come before that is known.
void OrderCalls::note_token(std::size_t at, const std::string& token, const Answer& answer) {
    auto told = Told::open;
    if (answer && answer->payment_status() == "paid") told = Told::done;
    if (!answer && answer.error().reason() == "PAYMENT_DECLINED") told = Told::refused;
    auto& before = entry(at).tokens[token];
    if (before != Told::open && told != Told::open && before != told) {
        caller_.broken("pay", fmt::format("the token {} of {} is told to be declined and not to be", token, entry(at).id));
    }
    if (told != Told::open) before = told;
}

Task<bool> OrderCalls::cancel(std::size_t at) {
    entry(at).cancel_asked = true;
    ::order::CancelOrderRequest request;
    request.set_id(entry(at).id);
    request.set_reason("changed my mind");
    const auto canceled =
        co_await about("cancel", at, [&](const CallContext& ctx) { return orders_.cancel_order(ctx, request); });
    if (canceled && canceled->status() != "canceled" && canceled->status() != "canceling")
        caller_.broken("cancel", "an answer that says " + canceled->status());
    co_return true;
}

Task<bool> OrderCalls::fulfil(std::size_t at) {
    entry(at).fulfil_asked = true;
    ::order::FulfilOrderRequest request;
    request.set_id(entry(at).id);
    request.set_tracking(fmt::format("parcel {}", at));
    if (street_.simulation.choose(4) == 0) request.set_expected_version(entry(at).version);
    const auto fulfilled =
        co_await about("fulfil", at, [&](const CallContext& ctx) { return orders_.fulfil_order(ctx, request); });
    if (fulfilled && fulfilled->status() != "fulfilled" && fulfilled->status() != "completed")
        caller_.broken("fulfil", "an answer that says " + fulfilled->status());
    co_return true;
}

Task<bool> OrderCalls::complete(std::size_t at) {
    entry(at).complete_asked = true;
    ::order::CompleteOrderRequest request;
    request.set_id(entry(at).id);
    const auto completed =
        co_await about("complete", at, [&](const CallContext& ctx) { return orders_.complete_order(ctx, request); });
    if (completed && completed->status() != "completed") caller_.broken("complete", "an answer that says " + completed->status());
    co_return true;
}

}  // namespace tw::shop
