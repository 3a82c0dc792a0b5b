#include "services/catalog/product.hpp"

#include "kit/base/enum_names.hpp"

#include <algorithm>

namespace tw::catalog {
namespace {

constexpr std::size_t kIdLengthMax = 64;

constexpr auto kProductStatusNames = enum_names<ProductStatus>(
    {{ProductStatus::draft, "draft"}, {ProductStatus::active, "active"}, {ProductStatus::archived, "archived"}});

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

std::optional<ProductId> ProductId::parse(std::string_view text) {
    if (text.empty() || text.size() > kIdLengthMax) return std::nullopt;
    if (text.front() == '-' || text.back() == '-' || text.find("--") != text.npos) return std::nullopt;
    if (!std::ranges::all_of(text, [](char c) { return c == '-' || is_letter_or_digit(c); })) return std::nullopt;
    return ProductId{text};
}

std::string_view status_name(ProductStatus status) { return kProductStatusNames.name_of(status); }
std::optional<ProductStatus> parse_product_status(std::string_view name) { return kProductStatusNames.parse(name); }

std::optional<Product> changed(Product product, const ProductChanges& changes, Timestamp now) {
    const bool other_status = changes.status && *changes.status != product.status;
    if (other_status && !may_become(product.status, *changes.status)) return std::nullopt;

    const bool same = !other_status && (!changes.name || *changes.name == product.name) &&
                      (!changes.description || *changes.description == product.description) &&
                      (!changes.price || *changes.price == product.price);
    if (same) return product;

    if (changes.name) product.name = *changes.name;
    if (changes.description) product.description = *changes.description;
    if (changes.price) product.price = *changes.price;
    if (changes.status) product.status = *changes.status;
    product.updated_at = now;
    ++product.version;
    return product;
}

}  // namespace tw::catalog
