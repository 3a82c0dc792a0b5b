#pragma once

#include "kit/base/result.hpp"
#include "proto/order.pb.h"
#include "services/order/order.hpp"

#include <string>
#include <vector>

namespace tw::order {

struct DraftLine {
    std::string product_id;
    std::int32_t quantity = 0;
};

/// The order that a customer asks for. Its form is valid, but nobody has looked yet whether its
/// user and products exist.
struct OrderDraft {
    std::string user_id;
    std::vector<DraftLine> lines;
    /// Whether the only line came as `product_id` and `quantity` of the request.
    bool shorthand = false;
};

inline constexpr int kLinesMax = 100;
inline constexpr std::int32_t kQuantityMax = 10'000;

/// Fails with INVALID_FIELD and names all wrong fields of `request`.
Result<OrderDraft> read_draft(const ::order::CreateOrderRequest& request);

/// Converts a pointer into "/lines" to a pointer into the request. In the shorthand, the fields of
/// the only line are fields of the request.
std::string pointer_in_request(const OrderDraft& draft, std::string_view pointer);

}  // namespace tw::order
