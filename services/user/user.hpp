#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/uuid.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace tw::user {

struct User;
using UserId = Id<User>;

/// An address that mail can be sent to, as far as its form tells: one @ with something before it and a host's name after it, or
/// an address of a host in brackets. It may be written in any script (RFC 6531), without characters that nobody sees.
class Email {
 public:
    /// The error is a phrase for people: what the address must be.
    static std::expected<Email, std::string> parse(std::string_view text);
    /// An address out of the database, where it may have been since other rules held: any text that could be one. Nothing for
    /// a text that is none.
    static std::optional<Email> from_stored(std::string_view text);

    /// As the person wrote it.
    const std::string& text() const { return text_; }
    /// Equal for addresses that lead to the same mailbox: the part before the @ by Unicode's case folding in normalisation form
    /// C, the host's name by its ASCII form (IDNA).
    std::string folded() const;
    bool operator==(const Email&) const = default;

 private:
    explicit Email(std::string_view text) : text_{text} {}
    std::string text_;
};

/// An erased user's row remains, so that orders keep pointing at somebody; what identified the person is gone.
enum class Status : std::uint8_t { active, suspended, erased };

std::string_view status_name(Status status);
std::optional<Status> parse_status(std::string_view name);

struct User {
    UserId id;
    Email email;
    std::string name;
    Status status = Status::active;
    Timestamp created_at;
    Timestamp updated_at;
    std::int64_t version = 1;
};

/// What is to be different; what is absent stays.
struct Changes {
    std::optional<Email> email;
    std::optional<std::string> name;
};

/// The user as it is after `changes`: the same user, unless something really differs.
User changed(User user, const Changes& changes, Timestamp now);

/// What is wrong with a person's name, as a phrase for people, or nothing.
std::optional<std::string> name_fault(std::string_view name);

}  // namespace tw::user
