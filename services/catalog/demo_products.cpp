#include "services/catalog/demo_products.hpp"

namespace tw::catalog {
namespace {

struct Entry {
    std::string_view id;
    std::string_view name;
    std::string_view description;
    std::int64_t price_minor;
    std::int64_t on_hand;
};

constexpr std::array kEntries{
    Entry{"prod-123", "Espresso cups, set of four", "Stoneware, 80 ml each, fit for the dishwasher.", 2490, 1'000'000},
    Entry{"prod-124", "Pour-over coffee dripper", "Porcelain, for filters of size 02.", 1890, 140},
    Entry{"prod-125", "Hand coffee grinder", "Steel burrs, 30 grinding steps, holds 25 g.", 6990, 60},
    Entry{"prod-126", "Gooseneck kettle, 0.9 l", "Stainless steel, for induction too.", 4990, 85},
    Entry{"prod-127", "Coffee beans Sidamo, 500 g", "Washed, light roast, notes of apricot and black tea.", 1590, 320},
    Entry{"prod-128", "Coffee beans Cerrado, 1 kg", "Natural, medium roast, notes of hazelnut and cocoa.", 2290, 280},
    Entry{"prod-129", "Filter papers, 100 pieces", "Unbleached, size 02.", 590, 900},
    Entry{"prod-130", "Milk jug, 350 ml", "Stainless steel, with a fine spout for latte art.", 1690, 150},
    Entry{"prod-131", "Chef's knife, 20 cm", "Forged blade, handle of walnut.", 8900, 45},
    Entry{"prod-132", "Paring knife, 9 cm", "Forged blade, handle of walnut.", 3900, 70},
    Entry{"prod-133", "Cutting board, oak", "End grain, 40 by 30 cm, oiled.", 5490, 55},
    Entry{"prod-134", "Cast-iron skillet, 28 cm", "Seasoned, for every kind of stove.", 5990, 65},
    Entry{"prod-135", "Linen tea towels, pair", "Washed linen, 50 by 70 cm.", 2190, 200},
    Entry{"prod-136", "Storage jar, 1 l", "Glass with a lid of bamboo, airtight.", 1290, 400},
    Entry{"prod-137", "Salad bowl, olive wood", "Turned from one piece, 26 cm.", 7490, 25},
    Entry{"prod-138", "Water carafe, 1.2 l", "Mouth-blown glass.", 3290, 90},
    Entry{"prod-139", "Dinner plates, set of four", "Stoneware with a reactive glaze, 27 cm.", 5290, 110},
    Entry{"prod-140", "Pepper mill, 18 cm", "Beech, with a ceramic grinder.", 2990, 130},
    Entry{"prod-141", "Digital kitchen scale", "Up to 5 kg in steps of 1 g, with timer.", 2790, 75},
    Entry{"prod-142", "Bread proofing basket", "Rattan, round, for 1 kg of dough.", 1990, 95},
};

}  // namespace

std::vector<Product> demo_products(Timestamp now) {
    const auto euro = Currency::parse("EUR").value();
    std::vector<Product> products;
    products.reserve(kEntries.size());
    for (const auto& entry : kEntries) {
        products.push_back({.id = ProductId::parse(entry.id).value(),
                            .name = std::string{entry.name},
                            .description = std::string{entry.description},
                            .price = Money{entry.price_minor, euro},
                            .status = ProductStatus::active,
                            .stock = {.on_hand = entry.on_hand, .reserved = 0},
                            .created_at = now,
                            .updated_at = now});
    }
    return products;
}

std::vector<StockMovement> first_deliveries(const std::vector<Product>& products, Random& random, Timestamp now) {
    std::vector<StockMovement> deliveries;
    deliveries.reserve(products.size());
    for (const auto& product : products) {
        deliveries.push_back({.id = random.uuid_v7(now),
                              .product_id = product.id,
                              .kind = MovementKind::adjusted,
                              .delta = product.stock.on_hand,
                              .reason = "first delivery",
                              .order_id = {},
                              .actor = "catalog",
                              .created_at = now});
    }
    return deliveries;
}

}  // namespace tw::catalog
