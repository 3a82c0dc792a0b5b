#include "kit/http/server/recorded_path.hpp"

#include "kit/base/secret.hpp"

#include <algorithm>

namespace tw::http {
namespace {

bool has_address(std::string_view text) { return text.contains('@') || text.contains("%40"); }

}  // namespace

RecordedPath::RecordedPath(std::string_view path) : path_{path.substr(0, kRecordedTextBytesMax)} {
    if (!has_address(path)) return;
    auto rest = path;
    while (!rest.empty() && masked_.size() < kRecordedTextBytesMax) {
        const auto end = std::min(rest.find('/', 1), rest.size());
        const auto segment = rest.substr(0, end);
        if (has_address(segment)) {
            masked_.append(segment.starts_with('/') ? "/" : "").append(Secret::masked());
        } else {
            masked_ += segment;
        }
        rest.remove_prefix(end);
    }
    masked_.resize(std::min(masked_.size(), kRecordedTextBytesMax));
}

}  // namespace tw::http
