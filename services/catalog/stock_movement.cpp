#include "services/catalog/stock_movement.hpp"

#include "kit/base/enum_names.hpp"

namespace tw::catalog {
namespace {

constexpr auto kMovementKindNames = enum_names<MovementKind>(
    {{MovementKind::adjusted, "adjusted"}, {MovementKind::sold, "sold"}, {MovementKind::restocked, "restocked"}});

}  // namespace

std::string_view movement_kind_name(MovementKind kind) { return kMovementKindNames.name_of(kind); }
std::optional<MovementKind> parse_movement_kind(std::string_view name) { return kMovementKindNames.parse(name); }

}  // namespace tw::catalog
