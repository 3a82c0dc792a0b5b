#pragma once

#include "kit/base/result.hpp"
#include "services/gateway/edge_policy.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace tw::gateway {

/// Names of header fields, separated by commas, beside those that the API itself knows.
struct CorsFields {
    std::string_view of_requests{};
    std::string_view of_responses{};
};

/// Which pages of other origins may use the API from a browser (Fetch Standard, "CORS protocol"). Grants no credentials: the
/// API knows no cookies. Without an allowed origin it adds nothing, and browsers keep other pages out.
class Cors final : public EdgePolicy {
 public:
    Cors() = default;
    /// `origins` is a list separated by commas: "https://shop.example, http://localhost:3000", or "*" for everybody.
    /// INVALID_ARGUMENT, reason BAD_CONFIG, for what is no origin or no field's name.
    static Result<Cors> allowing(std::string_view origins, std::chrono::seconds preflight_age, const CorsFields& more = {});

    /// Adds to the answer what a browser must know, where the request comes from an origin that is allowed.
    void on_answer(const http::Request& request, const ServiceAnswer* from, http::Response& response) override;
    /// Whether it adds anything.
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
