#pragma once

#include "kit/base/result.hpp"
#include "kit/net/address.hpp"
#include "kit/otlp/settings.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/module_spec.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What a profile allows. `dev` serves this machine only. `production` serves others, so it refuses
/// to start with settings that would be unsafe there.
namespace tw::runtime {

/// A setting with which the profile refuses to start.
struct Refusal {
    /// The setting, such as "http.address".
    std::string setting;
    /// What is unsafe, as a clause: "HTTP is served without TLS at 0.0.0.0:8080".
    std::string what;
    /// What to do, as a clause: "set http.certificate and http.key".
    std::string remedy;
};

/// What the rules of a profile look at, beside the settings.
struct ProfileSubject {
    /// All modules of the program. A module that does not run here runs in another process.
    std::span<const ModuleSpec> known;
    std::span<const ModuleSpec> here;
    /// The address of the port that serves metrics alone (OTEL_EXPORTER_PROMETHEUS_HOST), if there
    /// is one.
    std::optional<net::Address> metrics = {};
};

/// Returns that address, as the environment says.
std::optional<net::Address> metrics_address(const otlp::Settings& settings);

/// Returns everything in the settings that the profile refuses. It opens no file and no connection.
std::vector<Refusal> find_refusals(const Config& config, const ProfileSubject& subject);

/// Returns the databases of `here` that the production profile refuses, because they may lose
/// commits that they acknowledged. In the development profile there are none. A database that
/// cannot be reached is not one of them. The call connects to the databases, and blocks.
std::vector<Refusal> find_unsafe_databases(const Config& config, std::span<const ModuleSpec> here);

/// Makes the error for a start that is refused: INVALID_ARGUMENT, INSECURE, with one violation for
/// each refusal. There is at least one.
Error refused_start(const Config& config, std::span<const Refusal> refusals);

/// Whether `secret` is in the repository: a password of deploy/ or of the documentation, or a word
/// that everybody tries first. Upper and lower case are the same.
bool is_known_secret(std::string_view secret);

}  // namespace tw::runtime
