#pragma once

#include "kit/net/address.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/module_spec.hpp"

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tw::runtime {

/// The addresses that a process serves: as planned (a port may be 0), or as bound.
struct Listening {
    /// Where a module answers HTTP.
    std::optional<net::Address> http;
    net::Address ops;
    /// By module, in the modules' order.
    std::vector<std::pair<std::string, net::Address>> grpc;
    /// Ports that modules have bound themselves, by their names in the ready file.
    std::vector<std::pair<std::string, net::Address>> own = {};
};

/// The address that a process is to listen on by the setting `key`. With runtime.ports = auto, its
/// port is 0 unless a flag names it.
net::Address planned_address(const Config& config, std::string_view key);

/// What a process that runs `modules` is to listen on. With runtime.ports = auto, every port that
/// no flag names is 0.
Listening plan_listening(const Config& config, std::span<const ModuleSpec> modules);

/// How to choose another address than that of `key`: what to say when it is taken.
std::string address_hint(const Config& config, std::string_view key);

/// {"pid":1,"http":"127.0.0.1:8080","ops":"127.0.0.1:9464","grpc":{"user":"127.0.0.1:50051"}}
/// Ports of modules stand beside "ops": "console":"127.0.0.1:8090".
std::string ready_json(int pid, const Listening& listening);

/// Whether a ready file can be written to `path`, and removes the one of an earlier run.
/// INVALID_ARGUMENT, reason BAD_CONFIG, where its folder is missing or may not be written to, or
/// where another kind of file stands there, which would be lost.
Result<void> prepare_ready_file(const std::string& path);

/// Removes the ready file, where it is still the one that says `json`.
void remove_ready_file(const std::string& path, const std::string& json);

/// Every address, for people: "API http://127.0.0.1:8080, gRPC user 127.0.0.1:50051, operations
/// http://127.0.0.1:9464". Ports of modules come first: "console 127.0.0.1:8090".
std::string describe(const Listening& listening, std::string_view http_scheme, std::string_view ops_scheme = "http://");

/// Writes `json` beside `path` and renames it there, so that whoever sees the file sees all of it.
/// UNAVAILABLE where that fails.
Result<void> write_ready_file(const std::string& path, const std::string& json);

}  // namespace tw::runtime
