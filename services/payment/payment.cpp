#include "services/payment/payment.hpp"

#include "kit/base/encoding.hpp"
#include "kit/base/enum_names.hpp"

#include <array>
#include <openssl/sha.h>
#include <utility>

namespace tw::payment {
namespace {

constexpr std::size_t kCardDigitsMin = 12;
constexpr std::size_t kCardDigitsMax = 19;

constexpr auto kStatusNames = enum_names<Status>({
    {Status::requires_confirmation, "requires_confirmation"},
    {Status::requires_action, "requires_action"},
    {Status::processing, "processing"},
    {Status::requires_capture, "requires_capture"},
    {Status::succeeded, "succeeded"},
    {Status::canceled, "canceled"},
    {Status::conflicted, "conflicted"},
});

constexpr auto kCaptureMethodNames =
    enum_names<CaptureMethod>({{CaptureMethod::automatic, "automatic"}, {CaptureMethod::manual, "manual"}});

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Checks the last digit by the Luhn formula.
bool check_digit_fits(std::string_view digits) {
    int sum = 0;
    bool twice = false;
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, twice = !twice) {
        const int value = (*digit - '0') * (twice ? 2 : 1);
        sum += value / 10 + value % 10;
    }
    return sum % 10 == 0;
}

bool is_card_number(std::string_view digits) {
    return digits.size() >= kCardDigitsMin && digits.size() <= kCardDigitsMax && check_digit_fits(digits);
}

void move_amounts(Payment& payment, Event event) {
    const Money nothing{0, payment.amount.currency()};
    switch (event) {
        case Event::authorize:
            payment.capturable = payment.amount;
            break;
        case Event::charge:
            payment.captured = payment.amount;
            break;
        case Event::capture:
            payment.captured = std::exchange(payment.capturable, nothing);
            break;
        case Event::cancel:
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
    payment.updated_at = now;
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
    constexpr std::size_t kHashDigits = 16;
    const auto id = payment.id.to_string();
    return payment.token_hash.empty() ? id : id + "-" + payment.token_hash.substr(0, kHashDigits);
}

bool same_attempt(const Payment& a, const Payment& b) {
    return a.order_id == b.order_id && a.attempt == b.attempt && a.user_id == b.user_id && a.amount == b.amount &&
           a.capture_method == b.capture_method;
}

bool has_card_number(std::string_view text) {
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        // Digits are one number if at most one space or hyphen is between them.
        const bool separator =
            (text[i] == ' ' || text[i] == '-') && !digits.empty() && i + 1 < text.size() && is_digit(text[i + 1]);
        if (is_digit(text[i])) {
            digits += text[i];
        } else if (!separator) {
            if (is_card_number(digits)) return true;
            digits.clear();
        }
    }
    return is_card_number(digits);
}

}  // namespace tw::payment
