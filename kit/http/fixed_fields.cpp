#include "kit/http/fixed_fields.hpp"

#include "kit/http/message.hpp"

namespace tw::http {
namespace {

constexpr std::size_t kSizes = 64;

}  // namespace

FixedFields& FixedFields::add(std::string_view name, std::string_view value) {
    Field field{.name = std::string{name}, .value = std::string{value}, .line = {}};
    field.line = field.name + ": " + field.value + "\r\n";
    text_ += field.line;
    name_sizes_ |= std::uint64_t{1} << (name.size() % kSizes);
    fields_.push_back(std::move(field));
    return *this;
}

void FixedFields::append_to(std::string& out, const Response& response) const {
    if (fields_.empty() || !concern(response)) return;
    if (!may_overlap(response)) {
        out += text_;
        return;
    }
    for_each_in(response, [&out](const Field& field) { out += field.line; });
}

bool FixedFields::may_overlap(const Response& response) const {
    std::uint64_t sizes = 0;
    for (const auto& [name, value] : response.headers.fields()) sizes |= std::uint64_t{1} << (name.size() % kSizes);
    return (sizes & name_sizes_) != 0;
}

bool FixedFields::concern(const Response& response) { return !response.content_type.starts_with("application/grpc"); }

bool FixedFields::has(const Response& response, std::string_view name) { return response.headers.find(name).has_value(); }

}  // namespace tw::http
