#include "services/catalog/catalog_messages.hpp"

#include "services/mapping/money.hpp"
#include "services/mapping/unicode.hpp"

#include <algorithm>
#include <iterator>

namespace tw::catalog {
namespace {

void append(std::vector<Violation>& violations, const Error& error) {
    violations.insert(violations.end(), error.violations().begin(), error.violations().end());
}

}  // namespace

::catalog::Product to_proto(const Product& product) {
    ::catalog::Product message;
    message.set_id(product.id.text());
    message.set_name(product.name);
    message.set_description(product.description);
    *message.mutable_price() = tw::to_proto(product.price);
    message.set_status(std::string{status_name(product.status)});
    message.mutable_stock()->set_on_hand(product.stock.on_hand);
    message.mutable_stock()->set_reserved(product.stock.reserved);
    message.mutable_stock()->set_available(product.stock.available());
    message.set_created_at(product.created_at.to_string());
    message.set_updated_at(product.updated_at.to_string());
    message.set_version(product.version);
    return message;
}

::catalog::Reservation to_proto(const Reservation& reservation) {
    ::catalog::Reservation message;
    message.set_order_id(reservation.order_id.to_string());
    message.set_status(std::string{status_name(reservation.status)});
    message.set_expires_at(reservation.expires_at.to_string());
    for (const auto& line : reservation.lines) {
        auto& added = *message.add_lines();
        added.set_product_id(line.product_id.text());
        added.set_quantity(line.quantity);
        added.set_name(line.name);
        *added.mutable_unit_price() = tw::to_proto(line.unit_price);
    }
    return message;
}

::catalog::StockMovement to_proto(const StockMovement& movement) {
    ::catalog::StockMovement message;
    message.set_id(movement.id.to_string());
    message.set_product_id(movement.product_id.text());
    message.set_kind(std::string{movement_kind_name(movement.kind)});
    message.set_delta(movement.delta);
    message.set_reason(movement.reason);
    message.set_order_id(movement.order_id);
    message.set_actor(movement.actor);
    message.set_created_at(movement.created_at.to_string());
    return message;
}

Result<Product> read_product(const ::catalog::CreateProductRequest& request, Timestamp now) {
    std::vector<Violation> violations;
    const auto id = ProductId::parse(request.id());
    if (!id) violations.push_back({"/id", "must be lower-case letters, digits and single hyphens, at most 64"});
    if (unicode::is_blank(request.name())) violations.push_back({"/name", "must not be empty"});
    const auto price = read_amount(request.price(), "/price");
    if (!price) append(violations, price.error());
    const auto status = request.status().empty() ? ProductStatus::draft : parse_product_status(request.status());
    if (!status || *status == ProductStatus::archived) violations.push_back({"/status", "must be draft or active"});
    if (!violations.empty()) return invalid(std::move(violations));

    return Product{.id = *id,
                   .name = request.name(),
                   .description = request.description(),
                   .price = *price,
                   .status = *status,
                   .stock = {},
                   .created_at = now,
                   .updated_at = now};
}

Result<ProductChanges> read_changes(const ::catalog::UpdateProductRequest& request) {
    ProductChanges changes;
    std::vector<Violation> violations;
    if (request.has_name()) {
        if (unicode::is_blank(request.name())) violations.push_back({"/name", "must not be empty"});
        changes.name = request.name();
    }
    if (request.has_description()) changes.description = request.description();
    if (request.has_price()) {
        const auto price = read_amount(request.price(), "/price");
        if (!price) append(violations, price.error());
        if (price) changes.price = *price;
    }
    if (request.has_status()) {
        changes.status = parse_product_status(request.status());
        if (!changes.status) violations.push_back({"/status", "must be draft, active or archived"});
    }
    if (!violations.empty()) return invalid(std::move(violations));
    return changes;
}

std::vector<LineRequest> read_lines(const ::catalog::ReserveRequest& request) {
    std::vector<LineRequest> lines;
    lines.reserve(static_cast<std::size_t>(request.lines_size()));
    std::ranges::transform(request.lines(), std::back_inserter(lines), [](const ::catalog::ReserveLine& line) {
        return LineRequest{.product_id = line.product_id(), .quantity = line.quantity()};
    });
    return lines;
}

}  // namespace tw::catalog
