#include "kit/http/server/origin_scan.hpp"

#include "kit/http/text.hpp"

#include <algorithm>

namespace tw::http {
namespace {

/// No origin that is in use is longer.
constexpr std::size_t kLineBytesMax = 512;

}  // namespace

void OriginScan::feed(std::string_view bytes) {
    while (!bytes.empty() && !ended_) {
        const auto newline = bytes.find('\n');
        const auto part = bytes.substr(0, newline);
        const auto room = kLineBytesMax - line_.size();
        line_too_long_ |= part.size() > room;
        line_ += part.substr(0, room);
        if (newline == std::string_view::npos) return;
        bytes.remove_prefix(newline + 1);
        take_line();
    }
}

void OriginScan::take_line() {
    std::string_view line{line_};
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto colon = std::min(line.find(':'), line.size());
    if (first_line_) {
        first_line_ = false;
    } else if (line.empty()) {
        ended_ = true;
    } else if (!line_too_long_ && equals_ignoring_case(line.substr(0, colon), "origin")) {
        ++origins_;
        origin_ = trimmed(line.substr(std::min(colon + 1, line.size())));
        if (!is_field_value(origin_)) origin_.clear();
    }
    line_.clear();
    line_too_long_ = false;
}

}  // namespace tw::http
