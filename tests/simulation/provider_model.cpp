#include "tests/simulation/provider_model.hpp"

#include "kit/async/call_context.hpp"
#include "kit/async/sleep.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace tw::shop {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kPlace = "provider";
/// A client that gets no answer waits for so long.
constexpr std::chrono::seconds kPatience{30};

std::string decline_code_of(std::string_view token) {
    if (token.starts_with("tok_ok")) return {};
    if (token.starts_with("tok_declined")) return "card_declined";
    if (token.starts_with("tok_insufficient_funds")) return "insufficient_funds";
    return "invalid_token";
}

std::string text_of(const Money& money) { return fmt::format("{} {}", money.minor(), money.currency().code()); }

}  // namespace

/// The provider as one loop of a process reaches it.
class ProviderModel::Connection final : public payment::PaymentProvider {
 public:
    Connection(ProviderModel& model, std::string process)
        : model_{model}, process_{std::move(process)}, life_{model.lives_[process_]} {}

    std::string_view name() const override { return "modelled"; }

    Task<Result<payment::ProviderAnswer>> authorize(const CallContext& ctx, payment::Charge charge) override {
        Act act = [&model = model_, charge = std::move(charge)] { return std::optional{model.authorize(charge)}; };
        return there(ctx, std::move(act));
    }
    Task<Result<payment::ProviderAnswer>> capture(const CallContext& ctx, payment::Authorization wanted) override {
        Act act = [&model = model_, wanted = std::move(wanted)] { return std::optional{model.capture(wanted)}; };
        return there(ctx, std::move(act));
    }
    Task<Result<payment::ProviderAnswer>> void_authorization(const CallContext& ctx, payment::Authorization wanted) override {
        Act act = [&model = model_, wanted = std::move(wanted)] { return std::optional{model.void_authorization(wanted)}; };
        return there(ctx, std::move(act));
    }
    Task<Result<std::optional<payment::ProviderAnswer>>> find(const CallContext& ctx, std::string key) override {
        Act act = [&model = model_, key = std::move(key)] { return model.find(key); };
        return ask(ctx, std::move(act));
    }

 private:
    using Found = std::optional<payment::ProviderAnswer>;
    using Act = std::function<Found()>;

    Task<Result<payment::ProviderAnswer>> there(const CallContext& ctx, Act act) {
        auto asking = ask(ctx, std::move(act));
        auto answer = co_await std::move(asking);
        if (!answer) co_return std::move(answer).error();
        co_return **std::move(answer);
    }

    /// Takes the question to the provider, and its answer back. The provider acts as an event of the
    /// world, whatever has become of the process that asked.
    Task<Result<Found>> ask(const CallContext& ctx, Act act) {
        if (life_ != model_.lives_[process_]) co_return unavailable("the process has crashed");
        auto& faults = model_.simulation_.faults();
        const auto usual = [this] { return std::chrono::microseconds{200 + model_.simulation_.choose(20'000)}; };
        std::chrono::microseconds way = usual();
        std::chrono::microseconds back = usual();
        const bool question_lost = faults.happens("question lost", kPlace, 0.02);
        const bool answer_lost = faults.happens("answer lost", kPlace, 0.03);
        if (faults.happens("question late", kPlace, 0.02)) way = std::chrono::milliseconds{faults.pick(40'000)};
        if (faults.happens("answer late", kPlace, 0.03)) back = std::chrono::milliseconds{faults.pick(5'000)};
        const auto answer = std::make_shared<std::optional<Found>>();
        if (!question_lost) model_.simulation_.after(way, [answer, act = std::move(act)] { answer->emplace(act()); });
        const bool silent = question_lost || answer_lost;
        const auto waited = co_await sleep_for(ctx, silent ? std::chrono::microseconds{kPatience} : way + back);
        if (!waited) co_return waited.error();
        if (silent || !answer->has_value()) co_return deadline_exceeded();
        co_return **answer;
    }

    ProviderModel& model_;
    std::string process_;
    int life_;
};

std::unique_ptr<payment::PaymentProvider> ProviderModel::connect(const std::string& process) {
    return std::make_unique<Connection>(*this, process);
}

payment::ProviderAnswer ProviderModel::once(const std::string& key, std::string question, const std::function<Answer()>& act) {
    const auto before = answered_.find(key);
    if (before != answered_.end()) {
        if (before->second.question != question)
            blame(fmt::format("the key {} is used for \"{}\" after \"{}\"", key, question, before->second.question));
        return before->second.answer;
    }
    auto answer = act();
    tell(question, key, answer);
    answered_[key] = {.question = std::move(question), .answer = answer};
    return answer;
}

payment::ProviderAnswer ProviderModel::authorize(const payment::Charge& wanted) {
    auto question =
        fmt::format("authorise {} for payment {} with {}", text_of(wanted.amount), wanted.payment_id.to_string(), wanted.token);
    return once(wanted.key, std::move(question), [&] {
        const auto reference = fmt::format("charge-{}", charges_.size());
        const auto code = decline_code_of(wanted.token);
        charges_[reference] = {.payment_id = wanted.payment_id.to_string(),
                               .token = wanted.token,
                               .amount_minor = wanted.amount.minor(),
                               .declined = !code.empty(),
                               .captured_minor = wanted.capture && code.empty() ? wanted.amount.minor() : 0};
        Answer answer{.reference = reference, .decline_code = {}, .amount = wanted.amount};
        if (!code.empty()) answer.decline_code = code;
        return answer;
    });
}

payment::ProviderAnswer ProviderModel::capture(const payment::Authorization& wanted) {
    return once(wanted.key, fmt::format("capture {} of {}", text_of(wanted.amount), wanted.reference), [&] {
        Answer answer{.reference = wanted.reference, .decline_code = {}, .amount = wanted.amount};
        const auto found = charges_.find(wanted.reference);
        if (found == charges_.end() || found->second.declined) {
            blame(wanted.reference + " is captured, and was never authorised");
            answer.decline_code = "unknown_charge";
            return answer;
        }
        auto& charge = found->second;
        charge.capture_refused = simulation_.faults().happens("capture refused", kPlace, 0.05);
        if (charge.capture_refused) {
            answer.decline_code = "capture_refused";
            return answer;
        }
        if (charge.voided) blame(wanted.reference + " is captured after it was voided");
        if (charge.captured_minor > 0) blame(wanted.reference + " is captured twice");
        if (wanted.amount.minor() != charge.amount_minor)
            blame(fmt::format("{} of {} is captured of {}", wanted.amount.minor(), charge.amount_minor, wanted.reference));
        charge.captured_minor += wanted.amount.minor();
        return answer;
    });
}

payment::ProviderAnswer ProviderModel::void_authorization(const payment::Authorization& wanted) {
    return once(wanted.key, fmt::format("void {} of {}", text_of(wanted.amount), wanted.reference), [&] {
        Answer answer{.reference = wanted.reference, .decline_code = {}, .amount = wanted.amount};
        const auto found = charges_.find(wanted.reference);
        if (found == charges_.end() || found->second.declined) {
            blame(wanted.reference + " is voided, and was never authorised");
            answer.decline_code = "unknown_charge";
            return answer;
        }
        auto& charge = found->second;
        if (charge.captured_minor > 0) blame(wanted.reference + " is voided after it was captured");
        if (charge.voided) blame(wanted.reference + " is voided twice");
        charge.voided = true;
        return answer;
    });
}

std::optional<payment::ProviderAnswer> ProviderModel::find(const std::string& key) const {
    const auto before = answered_.find(key);
    if (before == answered_.end()) return std::nullopt;
    return before->second.answer;
}

void ProviderModel::blame(std::string what) {
    simulation_.history().tell([&] { return "BROKEN: " + what; });
    broken_.push_back(std::move(what));
}

void ProviderModel::tell(std::string_view what, const std::string& key, const Answer& answer) {
    simulation_.history().tell(
        [&] { return fmt::format("the provider is asked to {} (key {}): {}", what, key, answer.decline_code.value_or("done")); });
}

}  // namespace tw::shop
