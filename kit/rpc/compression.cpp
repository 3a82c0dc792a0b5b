#include "kit/rpc/compression.hpp"

namespace tw::rpc {

bool lists_gzip(std::string_view accepted) {
    while (true) {
        const auto comma = accepted.find(',');
        auto name = accepted.substr(0, comma);
        while (name.starts_with(' ')) name.remove_prefix(1);
        while (name.ends_with(' ')) name.remove_suffix(1);
        if (name == "gzip") return true;
        if (comma == std::string_view::npos) return false;
        accepted.remove_prefix(comma + 1);
    }
}

}  // namespace tw::rpc
