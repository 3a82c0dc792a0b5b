#include "kit/rpc/telemetry_ids.hpp"

#include <algorithm>

namespace tw::rpc {
namespace {

bool is_id_char(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.' ||
           c == ':';
}

}  // namespace

void TelemetryIds::add(std::string_view name, std::string_view id) {
    if (id.empty() || id.size() > kIdBytesMax || !std::ranges::all_of(id, is_id_char)) return;
    if (std::ranges::find(ids_, name, [](const auto& each) { return each.first; }) != ids_.end()) return;
    ids_.emplace_back(name, id);
}

}  // namespace tw::rpc
