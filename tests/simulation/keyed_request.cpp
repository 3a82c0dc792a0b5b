#include "tests/simulation/keyed_request.hpp"

#include "kit/base/encoding.hpp"
#include "kit/base/random.hpp"
#include "kit/idempotency/reasons.hpp"

#include <array>
#include <openssl/evp.h>
#include <utility>

#include <fmt/format.h>

namespace tw::shop {
namespace {

constexpr int kAttemptsMax = 5;

std::string module_of(const rpc::Method& method) { return std::string{method.service.substr(0, method.service.find('.'))}; }

/// Whether the error says nothing of the request, so that another attempt may be answered otherwise.
bool is_passing(const Error& error) {
    switch (error.code()) {
        case Code::unavailable:
        case Code::deadline_exceeded:
        case Code::cancelled:
        case Code::aborted:
        case Code::resource_exhausted:
            return true;
        default:
            return error.outcome_open() || error.retryable();
    }
}

/// Whether the error says that somebody else has what the request asks for. Every request asks for something of its own.
bool is_own_effect(const Error& error) {
    return error.code() == Code::already_exists || error.reason() == "EMAIL_TAKEN" || error.reason() == "PRODUCT_EXISTS" ||
           error.reason() == "UNIQUE_VIOLATION" || error.reason() == reason::kIdempotencyKeyReused;
}

}  // namespace

std::string id_of_key(std::string_view path, std::string_view key) {
    const auto name = fmt::format("\n{}\n{}", path, key);
    std::array<std::uint8_t, 32> digest{};
    EVP_Digest(name.data(), name.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    std::string hex(2 * digest.size(), '\0');
    write_hex(digest, hex.data());
    return hex;
}

KeyedRequest::KeyedRequest(Street& street, const rpc::Method& method, std::string effect)
    : street_{street}, entry_{street.journal.keyed.size()} {
    auto attributes = std::make_shared<CallAttributes>();
    attributes->idempotency_key = fmt::format("{:016x}-{}", street.simulation.choose(~std::uint64_t{0}), entry_);
    street.journal.keyed.push_back({.module = module_of(method),
                                    .method = std::string{method.name},
                                    .id = id_of_key(method.path, attributes->idempotency_key),
                                    .effect = std::move(effect)});
    attributes_ = std::move(attributes);
}

std::chrono::nanoseconds KeyedRequest::timeout(std::chrono::nanoseconds usual) const {
    if (street_.simulation.choose(4) != 0) return usual;
    return std::min(usual, std::chrono::nanoseconds{std::chrono::milliseconds{1 + street_.simulation.choose(60)}});
}

void KeyedRequest::begin_attempt() {
    ++attempts_;
    stored_before_ = is_stored();
    acknowledged_before_ = call().told == Told::done;
    unsettled_ = false;
}

int KeyedRequest::copies() const { return street_.simulation.choose(8) == 0 ? 2 : 1; }

std::optional<std::string> KeyedRequest::note_answer(const std::string& bytes) {
    auto& told = call();
    const bool first = std::exchange(told.told, Told::done) != Told::done;
    if (first) {
        told.answer = bytes;
    } else if (told.answer != bytes) {
        return "a repeated request got another answer than the first one";
    }
    return std::nullopt;
}

std::optional<std::string> KeyedRequest::note(const Error& error) {
    auto& told = call();
    // Whoever serves the key now may yet have its effect.
    const bool in_progress = error.reason() == reason::kIdempotencyInProgress;
    const bool passes = is_passing(error) || in_progress;
    unsettled_ = unsettled_ || passes;
    any_open_ = any_open_ || error.outcome_open() || in_progress;
    if (told.told != Told::done) told.told = any_open_ ? Told::open : Told::refused;
    if (is_own_effect(error)) return "a request with a key is refused because of its own effect: " + error.reason();
    if (passes) return std::nullopt;
    // Of two copies that were sent at once, one may be refused before the other one succeeds.
    if (acknowledged_before_) return "a request that was acknowledged is refused later: " + error.reason();
    // What a database has lost since then was never stored.
    if (stored_before_ && is_stored()) return "a request whose key was stored is refused: " + error.reason();
    return std::nullopt;
}

bool KeyedRequest::wants_again() {
    if (street_.closing || attempts_ >= kAttemptsMax) return false;
    return call().told == Told::done ? street_.simulation.choose(4) == 0 : unsettled_;
}

std::chrono::nanoseconds KeyedRequest::pause() const {
    const bool at_once = street_.simulation.choose(2) == 0;
    return std::chrono::milliseconds{street_.simulation.choose(at_once ? 20 : 1'500)};
}

bool KeyedRequest::is_stored() const {
    return !street_.books.rows_with(call().module, "SELECT id FROM idempotency_keys WHERE id = $1", call().id).empty();
}

}  // namespace tw::shop
