#pragma once

#include "kit/base/money.hpp"
#include "kit/simulation/simulation.hpp"
#include "services/payment/provider.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::shop {

/// The payment provider of a simulated shop: one for all replicas of the payment service. It acts
/// once for each key, and notes what really happened to the money. It judges the payment service by
/// what that asks for.
///
/// A token that begins with "tok_ok" is accepted, "tok_declined" and "tok_insufficient_funds" are
/// declined, and others are declined as invalid.
///
/// Faults have the place "provider": "question lost" (the provider does not act), "answer lost" (it
/// acts, and nobody hears of it), "question late" (it acts up to 40 s later, when the caller has
/// usually given up), "answer late" and "capture refused" (it answers "capture_refused", and the
/// money stays authorised). It refuses no void.
class ProviderModel {
 public:
    /// An amount that was authorised, or that a token was declined for.
    struct Charge {
        std::string payment_id;
        std::string token;
        std::int64_t amount_minor = 0;
        bool declined = false;
        std::int64_t captured_minor = 0;
        bool voided = false;
        /// Whether the last capture that was asked for was refused.
        bool capture_refused = false;

        /// Whether the customer's money is held or was taken.
        bool has_money() const { return !declined && !voided; }
    };

    explicit ProviderModel(simulation::Simulation& simulation) : simulation_{simulation} {}

    /// Returns the provider for one loop of a process. The model outlives it.
    std::unique_ptr<payment::PaymentProvider> connect(const std::string& process);
    /// Tells that the process has crashed. What it asks for from now on does not arrive.
    void cut(const std::string& process) { ++lives_[process]; }

    /// Returns the charges by the provider's reference.
    const std::map<std::string, Charge>& charges() const { return charges_; }
    /// Returns what the payment service must never ask for and has asked for.
    const std::vector<std::string>& broken() const { return broken_; }

 private:
    class Connection;
    using Answer = payment::ProviderAnswer;

    Answer authorize(const payment::Charge& wanted);
    Answer capture(const payment::Authorization& wanted);
    Answer void_authorization(const payment::Authorization& wanted);
    std::optional<Answer> find(const std::string& key) const;
    /// Notes a broken promise.
    void blame(std::string what);
    void tell(std::string_view what, const std::string& key, const Answer& answer);

    /// What was answered to a key, and to which question.
    struct Answered {
        std::string question;
        Answer answer;
    };
    Answer once(const std::string& key, std::string question, const std::function<Answer()>& act);

    simulation::Simulation& simulation_;
    std::map<std::string, int> lives_;
    std::map<std::string, Answered> answered_;
    std::map<std::string, Charge> charges_;
    std::vector<std::string> broken_;
};

}  // namespace tw::shop
