#include "services/order/module.hpp"

#include "kit/async/gate.hpp"
#include "kit/durable/flows.hpp"
#include "kit/runtime/setting_table.hpp"
#include "kit/runtime/store_module.hpp"
#include "services/order/flows/order_flows.hpp"
#include "services/order/order_events.hpp"
#include "services/order/order_expiry.hpp"
#include "services/order/order_service.hpp"

#include <chrono>
#include <span>

namespace tw::order {
namespace {

struct OrderSettings {
    std::chrono::seconds payment_window = kPaymentWindow;
    std::chrono::milliseconds expiry_interval{5000};
};

runtime::SettingTable<OrderSettings> order_settings() {
    constexpr std::int64_t kSixDays = 6 * 24 * 3600;
    return {
        {"payment_window_seconds", &OrderSettings::payment_window, 1, kSixDays, runtime::Unit::seconds,
         "How long an order waits for its payment before it expires"},
        {"expiry_interval_ms", &OrderSettings::expiry_interval, 10, runtime::kHourMs, runtime::Unit::milliseconds,
         "How often overdue orders are looked for"},
    };
}

/// What ends with the drain of a loop: the expiry of orders, and the calls that watch an order.
class LoopWork final : public runtime::DrainListener {
 public:
    LoopWork(EventLoop& loop, FlowParts& parts, durable::Flows& flows, OrderNews& news, std::chrono::milliseconds interval)
        : news_{news}, expiry_{loop, parts, flows, interval} {
        expiry_.start();
    }

    void on_drain() override {
        news_.close();
        spawn(stopping_, expiry_.stop());
    }
    std::size_t running() const override { return stopping_.inside(); }

 private:
    OrderNews& news_;
    OrderExpiry expiry_;
    Gate stopping_;
};

class OrderModule final : public runtime::StoreModule {
 public:
    std::string_view name() const override { return "order"; }
    std::string_view service_name() const override { return "order-service"; }

    std::vector<runtime::Setting> settings() const override { return order_settings().declare(); }

    Result<void> serve(runtime::LoopHost& host) override {
        const auto settings = host.config().read(order_settings());
        auto& orders = host.keep(std::make_unique<OrderStore>(host.database(), host.telemetry()));
        auto& metrics = host.keep(std::make_unique<OrderMetrics>(host.telemetry().meter));
        FlowParts made{.orders = orders,
                       .payments = ::payment::PaymentServiceClient{host.channel("payment")},
                       .catalog = ::catalog::CatalogServiceClient{host.channel("catalog")},
                       .clock = host.clock(),
                       .random = host.random(),
                       .telemetry = host.telemetry(),
                       .metrics = metrics};
        auto& parts = host.keep(std::make_unique<FlowParts>(made));
        add_order_flows(host.flows(), parts);

        auto& timeline = host.keep(std::make_unique<Timeline>(host.database(), host.clock(), host.telemetry()));
        auto& news = host.keep(std::make_unique<OrderNews>());
        host.consume(
            std::string{kOrderStream}, std::string{kTimelineConsumer},
            [&timeline, &news](const CallContext& ctx, const events::Event& event) {
                return add_and_tell(ctx, timeline, news, event);
            },
            [&timeline, &news](const CallContext& ctx, std::span<const events::Event> events) {
                return add_all_and_tell(ctx, timeline, news, events);
            });
        auto& work = host.keep(std::make_unique<LoopWork>(host.loop(), parts, host.flows(), news, settings.expiry_interval));
        host.listen_to_drain(work);
        host.add_service(
            std::make_unique<OrderService>(parts, host.flows(), host.channel("user"), timeline, news, settings.payment_window));
        return {};
    }

 private:
    static Task<Result<void>> add_and_tell(const CallContext& ctx, Timeline& timeline, OrderNews& news,
                                           const events::Event& event) {
        auto added = co_await timeline.add(ctx, event);
        news.changed(event.aggregate_id);
        co_return added;
    }
    static Task<Result<void>> add_all_and_tell(const CallContext& ctx, Timeline& timeline, OrderNews& news,
                                               std::span<const events::Event> events) {
        auto added = co_await timeline.add_all(ctx, events);
        for (const auto& event : events) news.changed(event.aggregate_id);
        co_return added;
    }
};

}  // namespace

std::unique_ptr<runtime::Module> make_module() { return std::make_unique<OrderModule>(); }

}  // namespace tw::order
