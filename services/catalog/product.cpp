#include "services/catalog/product.hpp"

#include <algorithm>
#include <utility>

namespace tw::catalog {
namespace {

constexpr std::size_t kIdLengthMax = 64;

constexpr std::array kProductStatusNames{
    std::pair{ProductStatus::draft, std::string_view{"draft"}},
    std::pair{ProductStatus::active, std::string_view{"active"}},
    std::pair{ProductStatus::archived, std::string_view{"archived"}},
};

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

std::optional<ProductId> ProductId::parse(std::string_view text) {
    if (text.empty() || text.size() > kIdLengthMax) return std::nullopt;
    if (text.front() == '-' || text.back() == '-' || text.find("--") != text.npos) return std::nullopt;
    if (!std::ranges::all_of(text, [](char c) { return c == '-' || is_letter_or_digit(c); })) return std::nullopt;
    return ProductId{text};
}

std::string_view status_name(ProductStatus status) {
    for (const auto& [known, name] : kProductStatusNames) {
        if (known == status) return name;
    }
    return {};
}

std::optional<ProductStatus> parse_product_status(std::string_view name) {
    for (const auto& [status, known] : kProductStatusNames) {
        if (known == name) return status;
    }
    return std::nullopt;
}

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
