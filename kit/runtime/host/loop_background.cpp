#include "kit/runtime/host/loop_background.hpp"

#include "kit/durable/schema.hpp"
#include "kit/events/redis_bus.hpp"
#include "kit/outbox/schema.hpp"

#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

std::logic_error not_used(std::string_view owner, std::string_view what, std::string_view library) {
    return std::logic_error{fmt::format("the module of {} {}, and its schema does not use {}; write USES {} in tw_migrations",
                                        owner, what, library, library)};
}

bool uses(const sql::Schema* schema, const sql::Schema& (*other)()) { return schema != nullptr && sql::uses(*schema, other); }

}  // namespace

LoopBackground::LoopBackground(LoopHost& host, const sql::Schema* schema, std::string module, std::string owner,
                               EventsPlace place)
    : host_{host},
      module_{std::move(module)},
      owner_{std::move(owner)},
      place_{std::move(place)},
      has_flows_{uses(schema, &durable::schema)},
      has_outbox_{uses(schema, &outbox::schema)} {}

durable::Flows& LoopBackground::flows() {
    if (!has_flows_) throw not_used(owner_, "asks for durable flows", "durable");
    if (!flows_) {
        flows_ = std::make_unique<durable::Flows>(host_.loop(), host_.database(), host_.clock(), host_.random(),
                                                  host_.telemetry(), owner_);
    }
    return *flows_;
}

events::Bus& LoopBackground::events() {
    if (bus_) return *bus_;
    if (place_.redis) {
        redis_ = std::make_unique<redis::Client>(host_.loop(), *place_.redis, host_.telemetry());
        events::RedisBus::Options options{.key_prefix = place_.key_prefix};
        bus_ = std::make_unique<events::RedisBus>(*redis_, host_.telemetry(), std::move(options));
    } else {
        bus_ = std::make_unique<events::DirectBus>(host_.telemetry(), place_.consumers);
    }
    return *bus_;
}

void LoopBackground::consume(std::string stream, std::string name, events::Handler handler, events::BatchHandler batch_handler) {
    if (!has_outbox_) throw not_used(owner_, "consumes events", "outbox");
    outbox::Consumer::Options options{.stream = std::move(stream), .name = std::move(name), .module = module_, .replica = owner_};
    consumers_.push_back(std::make_unique<outbox::Consumer>(host_.loop(), events(), host_.database(), host_.clock(),
                                                            host_.telemetry(), std::move(options), std::move(handler),
                                                            std::move(batch_handler)));
}

void LoopBackground::wake_relay() {
    if (relay_) relay_->wake();
}

void LoopBackground::wake_flows() {
    if (flows_) flows_->wake();
}

void LoopBackground::start_consumers() {
    consuming_ = true;
    for (const auto& consumer : consumers_) consumer->start();
}

void LoopBackground::start_flows_and_relay() {
    working_ = true;
    if (flows_) flows_->start();
    if (!has_outbox_) return;
    relay_ = std::make_unique<outbox::Relay>(host_.loop(), host_.database(), events(), host_.clock(), host_.telemetry(), owner_,
                                             outbox::RelayOptions{.module = module_});
    relay_->start();
}

void LoopBackground::begin_drain() {
    if (flows_) flows_->take_no_more();
}

Task<void> LoopBackground::stop_flows(Deadline deadline) {
    if (working_ && flows_) co_await flows_->stop(deadline);
}

Task<void> LoopBackground::stop_relay() {
    if (working_ && relay_) co_await relay_->stop();
}

Task<void> LoopBackground::stop_consumers() {
    if (!consuming_) co_return;
    for (const auto& consumer : consumers_) co_await consumer->stop();
}

}  // namespace tw::runtime
