#include "services/payment/payment.hpp"

#include "kit/base/encoding.hpp"
#include "kit/base/enum_names.hpp"

#include <algorithm>
#include <array>
#include <openssl/sha.h>
#include <utility>

#include <fmt/format.h>

namespace tw::payment {
namespace {

constexpr auto kStatusNames = enum_names<Status>({
    {Status::requires_confirmation, "requires_confirmation"},
    {Status::requires_action, "requires_action"},
    {Status::processing, "processing"},
    {Status::requires_capture, "requires_capture"},
    {Status::capturing, "capturing"},
    {Status::voiding, "voiding"},
    {Status::succeeded, "succeeded"},
    {Status::canceled, "canceled"},
    {Status::conflicted, "conflicted"},
});

constexpr auto kCaptureMethodNames =
    enum_names<CaptureMethod>({{CaptureMethod::automatic, "automatic"}, {CaptureMethod::manual, "manual"}});

void move_amounts(Payment& payment, Event event) {
    const Money nothing{0, payment.amount.currency()};
    switch (event) {
        case Event::authorize:
            payment.capturable = payment.amount;
            break;
        case Event::charge:
            payment.captured = payment.amount;
            break;
        case Event::captured:
            payment.captured = std::exchange(payment.capturable, nothing);
            break;
        case Event::voided:
            payment.capturable = nothing;
            break;
        default:
            break;
    }
}

}  // namespace

std::string_view status_name(Status status) { return kStatusNames.name_of(status); }
std::optional<Status> parse_status(std::string_view name) { return kStatusNames.parse(name); }
std::string_view capture_method_name(CaptureMethod method) { return kCaptureMethodNames.name_of(method); }
std::optional<CaptureMethod> parse_capture_method(std::string_view name) { return kCaptureMethodNames.parse(name); }

Result<Payment> after(Payment payment, Event event, Timestamp now) {
    const auto status = next(payment.status, event);
    if (!status) return illegal_transition("a payment", status_name(payment.status));
    move_amounts(payment, event);
    payment.status = *status;
    payment.updated_at = std::max(now, payment.updated_at + std::chrono::microseconds{1});
    payment.reconcile_attempts = 0;
    ++payment.version;
    return payment;
}

bool is_charging(Status status) { return status != Status::requires_confirmation && status != Status::canceled; }

std::string token_hash(std::string_view token) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
    SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data());
    std::string digits(2 * digest.size(), '\0');
    write_hex(digest, digits.data());
    return digits;
}

std::string provider_key(const Payment& payment) {
    const auto id = payment.id.to_string();
    // The version stays the same until the provider's answer is stored.
    if (is_under_way(payment.status)) return fmt::format("{}-{}-{}", id, status_name(payment.status), payment.version);
    return charge_key(id, payment.token_hash);
}

std::string charge_key(std::string_view payment_id, std::string_view token_hash) {
    constexpr std::size_t kHashDigits = 16;
    std::string key{payment_id};
    // A payment that was stored before hashes were has none.
    if (!token_hash.empty()) key.append("-").append(token_hash.substr(0, kHashDigits));
    return key;
}

bool same_attempt(const Payment& a, const Payment& b) {
    return a.order_id == b.order_id && a.attempt == b.attempt && a.user_id == b.user_id && a.amount == b.amount &&
           a.capture_method == b.capture_method;
}

}  // namespace tw::payment
