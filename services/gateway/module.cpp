#include "services/gateway/module.hpp"

#include "kit/gateway/module.hpp"
#include "proto/catalog.tw.hpp"
#include "proto/order.tw.hpp"
#include "proto/payment.tw.hpp"
#include "proto/user.tw.hpp"

namespace tw::gateway_service {

std::unique_ptr<runtime::Module> make_module() {
    return gateway::make_module({{"user", ::user::user_service_routes()},
                                 {"catalog", ::catalog::catalog_service_routes()},
                                 {"order", ::order::order_service_routes()},
                                 {"payment", ::payment::payment_service_routes()}},
                                {.title = "Tradewind"});
}

}  // namespace tw::gateway_service
