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

/// An e-mail address of a valid form: a local part, one @, and a host's name or a host's address in
/// brackets. It may be written in any script (RFC 6531). It has no invisible characters.
class Email {
 public:
    /// The error is a phrase for people that says what the address must be.
    static std::expected<Email, std::string> parse(std::string_view text);
    /// Reads an address of the database. It may be older than the rules of `parse`, so every text
    /// of the form local@domain without spaces and controls is accepted. Returns nothing for other
    /// texts.
    static std::optional<Email> from_stored(std::string_view text);

    /// Returns the address as the person wrote it.
    const std::string& text() const { return text_; }
    /// Returns a text that is equal for addresses of the same mailbox. The local part is folded
    /// (see unicode::fold), and the host's name is in its ASCII form (IDNA).
    std::string folded() const;
    bool operator==(const Email&) const = default;

 private:
    explicit Email(std::string_view text) : text_{text} {}
    std::string text_;
};

/// An erased user's row remains, since orders refer to it, but without the data that identified the
/// person.
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

/// The new values of a change. Fields that are absent stay as they are.
struct Changes {
    std::optional<Email> email;
    std::optional<std::string> name;
};

/// Returns the user after `changes`. Its version and time of change are new only if some value
/// differs.
User changed(User user, const Changes& changes, Timestamp now);

/// Says in a phrase for people what is wrong with a person's name. Returns nothing if it is valid.
std::optional<std::string> name_fault(std::string_view name);

}  // namespace tw::user
