#pragma once

#include "kit/base/result.hpp"
#include "kit/gateway/edge_policy.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace tw::gateway {

/// Names of header fields, separated by commas, in addition to those that the API itself uses.
struct CorsFields {
    std::string_view of_requests{};
    std::string_view of_responses{};
};

/// Decides which pages of other origins may use the API from a browser (Fetch Standard, "CORS
/// protocol"). Credentials are never allowed, since the API uses no cookies. Without an allowed
/// origin this policy adds nothing, and browsers keep other pages out.
class Cors final : public EdgePolicy {
 public:
    Cors() = default;
    /// `origins` is a list separated by commas, such as "https://shop.example,
    /// http://localhost:3000", or "*" for every origin. Fails with INVALID_ARGUMENT, reason
    /// BAD_CONFIG, if an origin or a field's name is not valid.
    static Result<Cors> allowing(std::string_view origins, std::chrono::seconds preflight_age, const CorsFields& more = {});

    /// Adds the fields that a browser needs to the response, if the request comes from an allowed
    /// origin.
    void on_answer(const http::Request& request, const ServiceAnswer* from, http::Response& response) override;
    /// Returns whether any origin is allowed. Otherwise the policy adds nothing.
    bool allows_any() const { return everybody_ || !origins_.empty(); }

 private:
    bool allows(std::string_view origin) const;

    bool everybody_ = false;
    std::vector<std::string> origins_;
    std::string preflight_age_seconds_;
    std::string request_fields_;
    std::string response_fields_;
};

}  // namespace tw::gateway
