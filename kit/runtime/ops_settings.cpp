#include "kit/runtime/ops_settings.hpp"

#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/process_settings.hpp"
#include "kit/runtime/reasons.hpp"
#include "kit/runtime/setting_table.hpp"

#include <utility>

#include <fmt/format.h>

namespace tw::runtime {
namespace {

constexpr std::size_t kTokenBytesMin = 16;

SettingTable<OpsSettings> ops_table() {
    using S = OpsSettings;
    return {
        {"ops.certificate", &S::certificate,
         "PEM file of the operations port's certificate, which makes the port use TLS; {module} is replaced by the name of the "
         "process's first module"},
        {"ops.key", &S::key, "PEM file of the private key of ops.certificate; {module} is replaced in the same way"},
        {"ops.client_ca", &S::client_ca,
         "PEM file of CA certificates; clients of the operations port must show a certificate of one of them"},
        {"ops.token", &S::token,
         "The token that requests to the operations port must have (Authorization: Bearer TOKEN), except for health and "
         "readiness; at least 16 characters"},
    };
}

Error bad_ops(std::string detail) { return Error{Code::invalid_argument, reason::kBadConfig, std::move(detail)}; }

}  // namespace

OpsSettings ops_settings(const Config& config) { return ops_table().read(config); }

void add_ops_settings(std::vector<Setting>& all) { append(all, ops_table().declare()); }

std::string_view ops_scheme(const Config& config) { return ops_settings(config).certificate.empty() ? "http://" : "https://"; }

Result<void> check_ops_settings(const Config& config) {
    const auto settings = ops_settings(config);
    if (settings.certificate.empty() != settings.key.empty()) {
        return bad_ops("ops.certificate and ops.key belong together: set both, or none");
    }
    if (!settings.client_ca.empty() && settings.certificate.empty()) return bad_ops("ops.client_ca needs ops.certificate");
    if (!settings.token.empty() && settings.token.reveal().size() < kTokenBytesMin) {
        return bad_ops(fmt::format("ops.token (from {}) must have at least {} characters", config.entry("ops.token").origin,
                                   kTokenBytesMin));
    }
    return {};
}

std::optional<Refusal> find_ops_exposure(const Config& config) {
    const auto settings = ops_settings(config);
    const auto& address = runtime_settings(config).ops;
    if (address.is_loopback()) return std::nullopt;
    if (!settings.certificate.empty() && (!settings.token.empty() || !settings.client_ca.empty())) return std::nullopt;
    return Refusal{"ops.address", fmt::format("operations are served to everybody at {}", address.to_string()),
                   "bind it to 127.0.0.1, or set ops.certificate, ops.key, and ops.token or ops.client_ca"};
}

}  // namespace tw::runtime
