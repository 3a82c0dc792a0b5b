#pragma once

#include "kit/http/message.hpp"
#include "kit/http/text.hpp"
#include "kit/telemetry/propagators.hpp"

#include <string>
#include <string_view>

namespace tw::http {

/// A message's header fields, for propagators to read. It refers to the headers.
class RequestFields final : public telemetry::FieldSource {
 public:
    explicit RequestFields(const Headers& headers) : headers_{headers} {}

    std::string_view get(std::string_view name, std::string& joined) const override {
        std::string_view value;
        bool found = false;
        for (const auto& [field, text] : headers_.fields()) {
            if (!equals_ignoring_case(field, name)) continue;
            // Only repeated fields, which are rare, have to be joined.
            if (found) return joined = headers_.joined(name);
            value = text;
            found = true;
        }
        return value;
    }

 private:
    const Headers& headers_;
};

}  // namespace tw::http
