#pragma once

#include "kit/auth/jwks_location.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/module_spec.hpp"

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tw::runtime {

/// The configured issuers and the places of their keys, for a program that looks at them once.
struct IssuerPlaces {
    struct Place {
        /// The issuer's name, as in the claim iss.
        std::string issuer;
        std::unique_ptr<auth::JwksLocation> keys;
    };
    std::vector<Place> places;
    /// Makes clients that trust the issuers' servers as a process does (auth.ca).
    auth::MakeHttpClient clients;
    /// How long one reading of keys may take.
    std::chrono::milliseconds timeout{};
    /// Whether callers must have a token.
    bool required = false;

    /// `known` are all modules of the program. Fails with INVALID_ARGUMENT, BAD_CONFIG, and names
    /// the setting. Reads files, so it blocks. `loop` and `workers` must outlive the object.
    static Result<IssuerPlaces> make(const Config& config, std::span<const ModuleSpec> known, EventLoop& loop,
                                     WorkerPool& workers);
};

}  // namespace tw::runtime
