#pragma once

#include "kit/base/result.hpp"
#include "kit/base/secret.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/profile_rules.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::runtime {

/// Who may use the operations port. On loopback everybody on the machine may. A port that others
/// can reach needs TLS, and callers with a token or a client certificate.
struct OpsSettings {
    std::string certificate;
    std::string key;
    /// The CA of clients' certificates; empty if clients show none.
    std::string client_ca;
    Secret token;
};

OpsSettings ops_settings(const Config& config);
/// Declares the settings above.
void add_ops_settings(std::vector<Setting>& all);

/// What the operations port speaks: "https://" where it has a certificate, else "http://".
std::string_view ops_scheme(const Config& config);

/// Fails with INVALID_ARGUMENT, BAD_CONFIG if the settings contradict each other.
Result<void> check_ops_settings(const Config& config);

/// Returns why the production profile refuses the operations port: others can reach it without TLS,
/// or without a token and a client certificate. Nothing if it does not.
std::optional<Refusal> find_ops_exposure(const Config& config);

}  // namespace tw::runtime
