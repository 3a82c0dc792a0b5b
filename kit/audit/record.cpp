#include "kit/audit/record.hpp"

#include "kit/base/encoding.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <openssl/evp.h>
#include <utility>

#include <fmt/format.h>

namespace tw::audit {
namespace {

constexpr std::string_view kFormat = "tw-audit-1";
constexpr std::array<std::string_view, 6> kOutcomeNames{"ok", "unchanged", "refused", "denied", "left_out", "removed"};

bool is_plain(char byte) { return byte > 0x20 && byte < 0x7f && byte != '%'; }

void add_part(std::string& text, std::string_view part) {
    text += std::to_string(part.size());
    text.append(":").append(part).append(",");
}

std::string sha256_hex(std::string_view text) {
    std::array<std::uint8_t, 32> digest{};
    EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    std::string hex(2 * digest.size(), '\0');
    write_hex(digest, hex.data());
    return hex;
}

}  // namespace

std::string_view outcome_name(Outcome outcome) { return kOutcomeNames.at(static_cast<std::size_t>(outcome)); }

std::optional<Outcome> parse_outcome(std::string_view name) {
    for (std::size_t i = 0; i < kOutcomeNames.size(); ++i) {
        if (kOutcomeNames[i] == name) return static_cast<Outcome>(i);
    }
    return std::nullopt;
}

Seal origin() { return {.position = 0, .hash = std::string(64, '0')}; }

Seal seal_after(const Seal& previous, const Record& record) {
    Seal seal{.position = previous.position + 1, .hash = {}};
    std::string text;
    text.reserve(512);
    add_part(text, kFormat);
    add_part(text, record.module);
    add_part(text, std::to_string(seal.position));
    add_part(text, previous.hash);
    add_part(text, record.id);
    add_part(text, record.at.to_string());
    for (const auto* part : {&record.actor_kind, &record.actor_issuer, &record.actor_id, &record.actor_roles, &record.service,
                             &record.method, &record.objects, &record.address, &record.trace_id}) {
        add_part(text, *part);
    }
    add_part(text, outcome_name(record.outcome));
    add_part(text, record.reason);
    seal.hash = sha256_hex(text);
    return seal;
}

std::string printable(std::string_view text, std::size_t bytes_max) {
    // Nearly every text may stay as it is.
    if (text.size() <= bytes_max && std::ranges::all_of(text, is_plain)) return std::string{text};
    std::string out;
    out.reserve(text.size());
    for (const char byte : text) {
        const std::size_t size = is_plain(byte) ? 1 : 3;
        if (out.size() + size > bytes_max) break;
        if (is_plain(byte)) {
            out.push_back(byte);
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(byte));
        }
    }
    return out;
}

}  // namespace tw::audit
