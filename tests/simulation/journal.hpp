#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tw::shop {

/// What the answer to a write says of it.
enum class Told : std::uint8_t {
    done,     ///< acknowledged: it lasts
    refused,  ///< it was not done and never will be
    open,     ///< nobody knows
};

/// What clients asked for and what they were told, which is all that they can hold against the shop. Who writes here is a client,
/// so nothing in it comes from the code under test but its answers.
struct Journal {
    struct User {
        std::string email;
        /// Empty unless it was acknowledged.
        std::string id;
        Told told = Told::open;
    };
    struct Order {
        std::string user_id;
        std::map<std::string, std::int64_t> pieces;
        std::string id;
        Told told = Told::open;
        /// What somebody has asked for by a call that may have had an effect.
        bool pay_asked = false;
        bool cancel_asked = false;
        bool fulfil_asked = false;
        bool complete_asked = false;
        /// The greatest version that somebody was told of, and how the order was then.
        std::int64_t version = 0;
        std::string status;
        std::string payment_status;
        std::int64_t expires_at = 0;
        std::int64_t total_minor = 0;
        /// The greatest version that somebody saw who watched the order.
        std::int64_t watched_version = 0;
        /// By token: what the attempt to pay with it was told to have come to.
        std::map<std::string, Told> tokens;
    };
    struct Adjustment {
        std::string product;
        std::int64_t delta = 0;
        /// Unlike in each.
        std::string reason;
        Told told = Told::open;
    };

    /// A reservation that another client than the order service asked the catalogue for.
    struct Reservation {
        std::string order_id;
        Told reserved = Told::open;
        Told released = Told::refused;
        Told committed = Told::refused;
    };

    /// A request that was sent with an idempotency key, once or several times.
    struct KeyedCall {
        std::string module;
        /// The name of the method, such as "CreateUser".
        std::string method;
        /// Under which the key is stored.
        std::string id;
        /// The text by which the databases show the effect. It is empty for orders, which the stored answer names.
        std::string effect;
        /// The bytes of the first answer, if it was acknowledged.
        std::string answer;
        Told told = Told::open;
    };

    std::vector<User> users;
    std::vector<KeyedCall> keyed;
    std::vector<Reservation> reservations;
    std::vector<Order> orders;
    std::vector<Adjustment> adjustments;
    /// By product: the greatest version that was acknowledged.
    std::map<std::string, std::int64_t> product_versions;
    /// Promises that an answer broke by itself, such as a read that is older than what was acknowledged before it.
    std::vector<std::string> broken;

    std::uint64_t requests = 0;
    std::uint64_t answered = 0;
};

}  // namespace tw::shop
