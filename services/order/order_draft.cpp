#include "services/order/order_draft.hpp"

namespace tw::order {
namespace {

/// How many violations are listed. The list must fit into a header field.
constexpr std::size_t kViolationsMax = 20;

void check_line(const std::string& at, const std::string& product_id, std::int32_t quantity, std::vector<Violation>& violations) {
    if (product_id.empty()) violations.push_back({at + "/product_id", "must not be empty"});
    if (quantity < 1 || quantity > kQuantityMax) violations.push_back({at + "/quantity", "must be between 1 and 10000"});
}

}  // namespace

Result<OrderDraft> read_draft(const ::order::CreateOrderRequest& request) {
    OrderDraft draft{.user_id = request.user_id(), .lines = {}, .shorthand = request.lines_size() == 0};
    std::vector<Violation> violations;
    if (request.user_id().empty()) violations.push_back({"/user_id", "must not be empty"});

    if (draft.shorthand) {
        check_line("", request.product_id(), request.quantity(), violations);
        draft.lines.push_back({.product_id = request.product_id(), .quantity = request.quantity()});
    } else {
        if (!request.product_id().empty()) violations.push_back({"/product_id", "must be absent if there are lines"});
        if (request.quantity() != 0) violations.push_back({"/quantity", "must be absent if there are lines"});
        if (request.lines_size() > kLinesMax) violations.push_back({"/lines", "must have at most 100 items"});
        for (int i = 0; i < request.lines_size() && violations.size() < kViolationsMax; ++i) {
            const auto& line = request.lines(i);
            check_line("/lines/" + std::to_string(i), line.product_id(), line.quantity(), violations);
            draft.lines.push_back({.product_id = line.product_id(), .quantity = line.quantity()});
        }
    }
    if (!violations.empty()) return invalid(std::move(violations));
    return draft;
}

std::string pointer_in_request(const OrderDraft& draft, std::string_view pointer) {
    constexpr std::string_view kFirstLine = "/lines/0";
    if (draft.shorthand && pointer.starts_with(kFirstLine)) pointer.remove_prefix(kFirstLine.size());
    return std::string{pointer};
}

}  // namespace tw::order
