#pragma once

#include "services/payment/payment.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

// A model of the payment service for payment_model_test.cpp: what one call after the other does,
// also when the provider and the database fail. It shares the names of statuses with the code, and
// nothing else.
namespace tw::payment {

/// What fails while one operation runs.
struct ModelFaults {
    enum class Provider : std::uint8_t { none, question_lost, answer_lost };
    Provider provider = Provider::none;
    /// The number of the write to the database that fails; 0: none.
    int write = 0;
    /// Whether the write that fails is done nevertheless.
    bool done = false;
};

struct ModelPayment {
    int order = 0;
    int attempt = 1;
    bool manual = false;
    Status status = Status::requires_confirmation;
    std::string token;
    std::string last_error;
    bool held = false;   ///< the amount is authorised and not captured
    bool taken = false;  ///< the amount is captured
    std::int64_t submitted_at = 0;
};

class PaymentModel {
 public:
    static constexpr const char* kDatabaseError = "UNAVAILABLE";

    std::vector<ModelPayment> payments;
    std::int64_t now_seconds = 0;
    ModelFaults faults;

    void begin(ModelFaults next) {
        faults = next;
        writes_ = 0;
    }
    ModelPayment* find(int order, int attempt) {
        for (auto& payment : payments) {
            if (payment.order == order && payment.attempt == attempt) return &payment;
        }
        return nullptr;
    }

    std::string create(int order, int attempt, bool manual, const std::string& token) {
        auto* existing = find(order, attempt);
        const bool taken = charged_by_other(order, attempt);
        if (token.empty() && taken) return existing ? name(*existing) : "ORDER_HAS_PAYMENT";
        ModelPayment made{.order = order, .attempt = attempt, .manual = manual};
        if (!token.empty()) submit_to(made, token);
        const auto stored = write(!existing && !taken);
        if (stored.done) payments.push_back(made);
        if (stored.failed) return kDatabaseError;
        if (!stored.done && !existing) return "ORDER_HAS_PAYMENT";
        auto& payment = existing ? *existing : payments.back();
        return token.empty() ? name(payment) : confirm(payment, token);
    }

    std::string confirm(ModelPayment& payment, const std::string& token) {
        const bool same = payment.token == token;
        if (same && payment.status == Status::processing) return authorize(payment);
        if (same) return name(payment);
        if (payment.status != Status::requires_confirmation) return "PAYMENT_EXISTS";
        const auto stored = write(!charged_by_other(payment.order, payment.attempt));
        if (stored.done) submit_to(payment, token);
        if (stored.failed) return kDatabaseError;
        return stored.done ? authorize(payment) : "ORDER_HAS_PAYMENT";
    }

    std::string capture(ModelPayment& payment) { return conclude(payment, Status::capturing, Status::succeeded); }
    std::string cancel(ModelPayment& payment) { return conclude(payment, Status::voiding, Status::canceled); }

    void reconcile() {
        const bool silent = faults.provider != ModelFaults::Provider::none;
        for (auto& payment : payments) {
            if (payment.status == Status::voiding || payment.status == Status::capturing) carry_out(payment);
            if (payment.status != Status::processing || silent) continue;
            if (received_.contains({&payment - payments.data(), payment.token})) {
                store_charge(payment);
            } else {
                payment.status = Status::requires_confirmation;
                payment.last_error = "not_received";
            }
        }
    }

 private:
    struct Written {
        bool done;
        bool failed;
    };
    /// What comes of the next write, if the database's constraints allow it.
    Written write(bool allowed = true) {
        if (++writes_ != faults.write) return {allowed, false};
        return {allowed && faults.done, allowed || !faults.done};
    }
    static std::string name(const ModelPayment& payment) { return std::string{status_name(public_status(payment.status))}; }
    bool charged_by_other(int order, int attempt) const {
        for (const auto& payment : payments) {
            if (payment.order == order && payment.attempt != attempt && is_charging(payment.status)) return true;
        }
        return false;
    }
    void submit_to(ModelPayment& payment, const std::string& token) const {
        payment.status = Status::processing;
        payment.token = token;
        payment.last_error.clear();
        payment.submitted_at = now_seconds;
    }
    std::string authorize(ModelPayment& payment) {
        const bool late = now_seconds - payment.submitted_at >= 300;
        if (late || faults.provider == ModelFaults::Provider::question_lost) return name(payment);
        received_.insert({&payment - payments.data(), payment.token});
        if (faults.provider == ModelFaults::Provider::answer_lost) return name(payment);
        const auto stored = write();
        if (stored.done) store_charge(payment);
        return stored.failed ? kDatabaseError : name(payment);
    }
    static void store_charge(ModelPayment& payment) {
        const bool agreed = payment.token == "tok_ok";
        payment.held = agreed && payment.manual;
        payment.taken = agreed && !payment.manual;
        payment.last_error = agreed ? "" : "card_declined";
        payment.status = !agreed ? Status::requires_confirmation : payment.manual ? Status::requires_capture : Status::succeeded;
    }
    std::string carry_out(ModelPayment& payment) {
        if (faults.provider != ModelFaults::Provider::none) return "PROVIDER_UNKNOWN";
        const auto stored = write();
        if (stored.done) {
            payment.taken = payment.status == Status::capturing;
            payment.held = false;
            payment.status = payment.taken ? Status::succeeded : Status::canceled;
        }
        return stored.failed ? kDatabaseError : name(payment);
    }
    std::string conclude(ModelPayment& payment, Status under_way, Status done) {
        if (is_under_way(payment.status)) {
            auto settled = carry_out(payment);
            if (settled != name(payment) || payment.status == Status::requires_capture) return settled;
        }
        if (payment.status == done) return name(payment);
        if (payment.status == Status::processing) return "PAYMENT_PROCESSING";
        const bool authorised = payment.status == Status::requires_capture;
        const bool waiting = payment.status == Status::requires_confirmation && done == Status::canceled;
        if (!authorised && !waiting) return "ILLEGAL_TRANSITION";
        const auto stored = write();
        if (stored.done) payment.status = authorised ? under_way : done;
        if (stored.failed) return kDatabaseError;
        return authorised ? carry_out(payment) : name(payment);
    }

    int writes_ = 0;
    /// The charges that the provider has received: which payment, and by which token.
    std::set<std::pair<std::ptrdiff_t, std::string>> received_;
};

}  // namespace tw::payment
