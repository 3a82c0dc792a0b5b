#pragma once

#include "apps/tradewind/doctor/run_checks.hpp"
#include "kit/base/clock.hpp"
#include "kit/net/tls_context.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/module_spec.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::app {

/// What is checked: the settings of a process, and the modules that it runs. The checks share it.
struct Setup {
    runtime::Config config;
    std::vector<runtime::ModuleSpec> modules;
    /// Modules whose SQLite files a running process has locked.
    std::vector<std::string> running = {};
    /// Locked by the check that uses PostgreSQL. A pooler that gives one connection of the server
    /// to several clients is recognised only while no other client uses it.
    std::shared_ptr<std::mutex> postgres = std::make_shared<std::mutex>();
};
using SharedSetup = std::shared_ptr<const Setup>;

/// Checks the data folder, and returns the modules whose files a running process has locked.
std::vector<std::string> check_folder(const Setup& setup, Findings& findings);

/// The other checks. Each blocks, and may run at the same time as the others.
void check_settings(const Setup& setup, Findings& findings);
void check_profile(const Setup& setup, Findings& findings);
void check_descriptors(const Setup& setup, Findings& findings);
void check_ports(const Setup& setup, Findings& findings);
void check_database(const Setup& setup, const runtime::ModuleSpec& module, Findings& findings);
void check_certificates(const Setup& setup, Findings& findings);
void check_issuers(const Setup& setup, Findings& findings);
void check_clock(const Setup& setup, Findings& findings);
void check_redis(const Setup& setup, Findings& findings);
void check_collector(const Setup& setup, Findings& findings);
void check_upstreams(const Setup& setup, Findings& findings);

// What the checks decide without any input or output.

/// Compares the descriptors that a process may open with what its settings allow.
void judge_descriptors(std::uint64_t allowed, std::uint64_t needed, Findings& findings);

/// Says what is wrong with a certificate at `now`. `uri` is the URI name that it must have. If it
/// is empty, a host name is required instead.
void judge_certificate(const net::TlsCertificate& certificate, std::string_view uri, Timestamp now, Findings& findings);

/// The clock of `other` is `ahead` of this machine's. It may differ by `limit` at most.
void judge_clock(std::string_view other, std::chrono::milliseconds ahead, std::chrono::milliseconds limit, Findings& findings);
/// Reads the Date field of an HTTP answer (RFC 9110 §5.6.7).
std::optional<Timestamp> read_http_date(std::string_view text);

/// What a Redis server says of itself; empty where it does not tell.
struct RedisState {
    /// "1" if the append-only file is on.
    std::string aof;
    /// When snapshots are written, such as "3600 1"; empty means never.
    std::optional<std::string> snapshots;
    std::string policy;
};
/// Returns the value of a line "name:value" of an INFO answer; empty if there is no such line.
std::string info_value(std::string_view info, std::string_view name);
/// `keeps_events` says whether events go through the server, so that losing keys loses events.
void judge_redis(const RedisState& state, bool keeps_events, Findings& findings);

}  // namespace tw::app
