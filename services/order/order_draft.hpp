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

/// What a customer asks for, found sound in itself: whether user and products exist is for others to say.
struct OrderDraft {
    std::string user_id;
    std::vector<DraftLine> lines;
    /// The one line came as `product_id` and `quantity` of the request itself.
    bool shorthand = false;
};

inline constexpr int kLinesMax = 100;
inline constexpr std::int32_t kQuantityMax = 10'000;

/// INVALID_FIELD with everything that is wrong with `request`.
Result<OrderDraft> read_draft(const ::order::CreateOrderRequest& request);

/// Where in the request a pointer into "/lines" points: the shorthand's only line is the request itself.
std::string pointer_in_request(const OrderDraft& draft, std::string_view pointer);

}  // namespace tw::order
