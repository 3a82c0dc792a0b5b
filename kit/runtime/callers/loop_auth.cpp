#include "kit/runtime/callers/loop_auth.hpp"

#include "kit/auth/jwks_location.hpp"

#include <utility>

namespace tw::runtime {
namespace {

/// The pool belongs to the process, which outlives what uses it.
std::shared_ptr<WorkerPool> borrowed(WorkerPool& workers) {
    return {&workers, [](WorkerPool*) {}};
}

}  // namespace

std::unique_ptr<auth::JwksLocation> location_of_keys(const ProcessAuth& process, const ConfiguredIssuer& issuer, EventLoop& loop,
                                                     WorkerPool& workers) {
    const auth::UrlRule rule{.http_on_loopback = process.http_on_loopback()};
    const auto clients = auth::network_clients(loop, process.tls());
    if (issuer.keys.empty()) return std::make_unique<auth::DiscoveredJwks>(issuer.rules.issuer, clients, rule);
    if (issuer.keys.starts_with("https://") || issuer.keys.starts_with("http://")) {
        return std::make_unique<auth::UrlJwks>(issuer.keys, clients, rule);
    }
    return std::make_unique<auth::FileJwks>(loop, borrowed(workers), issuer.keys);
}

LoopAuth::LoopAuth(std::shared_ptr<const ProcessAuth> process, EventLoop& loop, WorkerPool& workers, const Clock& clock,
                   telemetry::Telemetry telemetry)
    : process_{std::move(process)} {
    std::vector<auth::Issuer> issuers;
    for (const auto& issuer : process_->issuers()) {
        issuers.push_back({issuer.rules, keys_of(issuer, loop, workers, clock, telemetry)});
    }
    if (const auto* const development = process_->development()) {
        issuers.push_back({development->rules(), std::make_shared<auth::FixedKeys>(development->keys())});
    }
    verifier_ = std::make_unique<auth::TokenVerifier>(clock, std::move(issuers),
                                                      auth::TokenVerifierOptions{.remembered_max = process_->remembered_max()});
}

LoopAuth::~LoopAuth() = default;

std::shared_ptr<auth::KeySource> LoopAuth::keys_of(const ConfiguredIssuer& issuer, EventLoop& loop, WorkerPool& workers,
                                                   const Clock& clock, telemetry::Telemetry telemetry) {
    auto location = location_of_keys(*process_, issuer, loop, workers);
    keys_.push_back(std::make_shared<auth::RefreshedKeys>(loop, clock, telemetry, issuer.rules.issuer, std::move(location),
                                                          process_->refresh()));
    return keys_.back();
}

std::vector<std::unique_ptr<rpc::Policy>> LoopAuth::make_policies(telemetry::Telemetry telemetry,
                                                                  const auth::OnRefusal& on_refusal) {
    std::vector<std::unique_ptr<rpc::Policy>> list;
    auto authentication = process_->authentication();
    authentication.on_refusal = on_refusal;
    list.push_back(std::make_unique<auth::Authentication>(*verifier_, telemetry, std::move(authentication)));
    auto authorization = process_->authorization();
    authorization.on_refusal = on_refusal;
    list.push_back(std::make_unique<auth::Authorization>(telemetry, std::move(authorization)));
    return list;
}

Task<void> LoopAuth::stop() {
    for (const auto& keys : keys_) co_await keys->stop();
}

}  // namespace tw::runtime
