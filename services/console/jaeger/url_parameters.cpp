#include "services/console/jaeger/url_parameters.hpp"

#include "kit/base/encoding.hpp"

#include <algorithm>

namespace tw::console {

Result<UrlParameters> UrlParameters::parse(std::string_view query) {
    UrlParameters parameters;
    while (!query.empty()) {
        const auto one = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(one.size() + 1, query.size()));
        if (one.empty()) continue;
        const auto equals = std::min(one.find('='), one.size());
        auto name = percent_decode(one.substr(0, equals), true);
        auto value = percent_decode(one.substr(std::min(equals + 1, one.size())), true);
        if (!name || !value) return invalid("", "a part of the URL's query cannot be decoded");
        parameters.parameters_.emplace_back(std::move(*name), std::move(*value));
    }
    return parameters;
}

std::string_view UrlParameters::first(std::string_view name) const {
    const auto found = std::ranges::find(parameters_, name, &std::pair<std::string, std::string>::first);
    return found == parameters_.end() ? std::string_view{} : std::string_view{found->second};
}

std::vector<std::string_view> UrlParameters::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& [key, value] : parameters_) {
        if (key == name) values.push_back(value);
    }
    return values;
}

}  // namespace tw::console
