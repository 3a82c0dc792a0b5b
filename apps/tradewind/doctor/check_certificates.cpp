#include "apps/tradewind/doctor/checks.hpp"
#include "kit/runtime/core_settings.hpp"
#include "kit/runtime/process_tls.hpp"
#include "kit/runtime/setting.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace tw::app {
namespace {

constexpr std::chrono::days kSoon{30};
/// Where Debian, and the image, have the certificates of the system's authorities.
constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";

/// Clients of the HTTP port usually trust the authorities of their system.
void check_public_chain(const runtime::Config& config, Findings& findings) {
    const auto settings = runtime::tls_settings(config);
    const auto certificates = runtime::split_list(settings.edge_certificate, ',');
    const auto keys = runtime::split_list(settings.edge_key, ',');
    std::error_code missing;
    if (settings.edge != runtime::EdgeTls::automatic || !std::filesystem::exists(kSystemAuthorities, missing)) return;
    for (std::size_t i = 0; i < std::min(certificates.size(), keys.size()); ++i) {
        const auto context =
            net::TlsContext::make_client({.ca = kSystemAuthorities, .identity = {certificates[i], keys[i]}, .alpn = {}});
        // A file that cannot be used has its own finding.
        if (!context || (*context)->certificates().empty()) continue;
        const auto problem = (*context)->certificates().front().ca_problem;
        if (problem.empty()) continue;
        findings.warn(
            fmt::format("{} is not trusted by clients that trust the system's authorities: {}", certificates[i], problem),
            "put the intermediate certificates behind it into the file, or give its CA to the clients");
    }
}

/// The certificates of the ports and of the calls of one module, or of the operations port alone.
void check_module(const runtime::Config& config, const runtime::ModuleSpec& module, std::set<std::string>& seen,
                  Findings& findings) {
    const auto tls = runtime::ProcessTls::make(config, {&module, 1});
    if (!tls) {
        if (!seen.insert(tls.error().detail()).second) return;
        return findings.fail(tls.error().detail(),
                             "correct the setting or the file; tradewind certs dev makes certificates to try");
    }
    const auto identity = config.program().identity_prefix() + std::string{module.name};
    const auto judge = [&](const runtime::ProcessTls::Context& context, const std::string& uri) {
        if (!context) return;
        for (const auto& certificate : context->certificates()) {
            if (seen.insert(certificate.file + " " + uri).second) {
                judge_certificate(certificate, uri, SystemClock{}.now(), findings);
            }
        }
    };
    judge(tls->edge(), "");
    judge(tls->ops(), "");
    judge(tls->server_of(module.name), identity);
    judge(tls->client_of(module.name), identity);
}

}  // namespace

void judge_certificate(const net::TlsCertificate& certificate, std::string_view uri, Timestamp now, Findings& findings) {
    const auto what = fmt::format("{} ({}) ", certificate.file, certificate.subject);
    constexpr auto kReplace = "replace the file; a restart is not needed";
    bool good = true;
    const auto fail = [&](std::string why, std::string remedy) {
        good = false;
        findings.fail(what + std::move(why), std::move(remedy));
    };
    if (!certificate.ca_problem.empty()) {
        fail("is refused by other modules: " + certificate.ca_problem, "let the CA of rpc.ca sign it, or add its CA there");
    }
    if (!uri.empty() && std::ranges::find(certificate.uris, uri) == certificate.uris.end()) {
        fail(fmt::format("has no URI name {}", uri), "issue it with that name as a subject alternative name (URI)");
    }
    if (uri.empty() && certificate.hosts.empty()) {
        fail("has no host name, so clients refuse it", "issue it with the host as a subject alternative name (DNS)");
    }
    if (certificate.not_after <= now) fail("expired at " + certificate.not_after.to_string(), kReplace);
    if (certificate.not_before > now) {
        fail("is not valid before " + certificate.not_before.to_string(), "set the clock of this machine, or replace the file");
    }
    if (!good) return;
    const auto days = std::chrono::floor<std::chrono::days>(certificate.not_after - now);
    if (days < kSoon) return findings.warn(what + fmt::format("expires in {} day(s)", days.count()), kReplace);
    const auto names = uri.empty() ? fmt::format("{}", fmt::join(certificate.hosts, ", ")) : std::string{uri};
    findings.ok(what + fmt::format("is valid for {} more days, for {}", days.count(), names));
}

void check_certificates(const Setup& setup, Findings& findings) {
    const auto settings = runtime::tls_settings(setup.config);
    if (settings.edge_certificate.empty() && settings.edge_key.empty() && settings.rpc_certificate.empty() &&
        settings.rpc_key.empty() && setup.config.text("ops.certificate").empty()) {
        return findings.skipped("no certificate is set, so the ports do not use TLS (tradewind certs dev creates certificates)");
    }
    std::set<std::string> seen;
    for (const auto& module : setup.modules) {
        if (!module.stands_alone) check_module(setup.config, module, seen, findings);
    }
    if (std::ranges::any_of(setup.modules, &runtime::ModuleSpec::serves_http)) check_public_chain(setup.config, findings);
}

}  // namespace tw::app
