#include "tests/simulation/key_invariants.hpp"

#include "kit/base/encoding.hpp"
#include "proto/order.tw.hpp"

#include <array>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace tw::shop {
namespace {

/// By the name of a method: the texts of the effects that are in the database.
using Effects = std::map<std::string, std::set<std::string>>;
/// By the id of a key: the bytes of the stored answer.
using Keys = std::map<std::string, std::string>;

std::set<std::string> texts(const Books::Rows& rows) {
    std::set<std::string> found;
    for (const auto& row : rows) found.insert(row[0]);
    return found;
}

Effects read_effects(const Books& books) {
    auto users = books.read("user", {"SELECT email FROM users", "SELECT name FROM users"});
    auto catalog =
        books.read("catalog", {"SELECT id FROM products", "SELECT name FROM products", "SELECT reason FROM stock_adjustments"});
    Effects effects;
    effects["CreateUser"] = texts(users[0]);
    effects["UpdateUser"] = texts(users[1]);
    effects["CreateProduct"] = texts(catalog[0]);
    effects["UpdateProduct"] = texts(catalog[1]);
    effects["AdjustStock"] = texts(catalog[2]);
    effects["CreateOrder"] = texts(books.rows("order", "SELECT id FROM orders"));
    return effects;
}

Keys read_keys(const Books& books) {
    Keys keys;
    for (const auto* module : {"user", "catalog", "order"}) {
        for (const auto& row : books.rows(module, "SELECT id, answer FROM idempotency_keys")) {
            keys[row[0]] = base64_decode(row[1]).value_or("no base64");
        }
    }
    return keys;
}

/// The text by which the effect is found. The id of an order is known from the stored answer only.
std::string effect_of(const Journal::KeyedCall& call, const std::string* answer) {
    if (call.method != "CreateOrder") return call.effect;
    ::order::Order order;
    return answer != nullptr && order.ParseFromString(*answer) ? order.id() : std::string{};
}

/// Whether a later change may replace the effect.
bool may_be_replaced(const Journal::KeyedCall& call) { return call.method.starts_with("Update"); }

std::string fault_of(const Journal::KeyedCall& call, const std::string* answer, const Effects& effects) {
    if (call.told == Told::done && answer == nullptr) return "was acknowledged, and its key is not stored";
    if (call.told == Told::done && *answer != call.answer) return "is stored with another answer than the client got";
    if (call.told == Told::refused && answer != nullptr) return "was refused, and its key is stored";
    const auto effect = effect_of(call, answer);
    const bool there = !effect.empty() && effects.at(call.method).contains(effect);
    if (there && answer == nullptr) return "has had its effect, and its key is not stored";
    if (!there && answer != nullptr && !may_be_replaced(call)) return "has had no effect, and its key is stored";
    return {};
}

}  // namespace

std::vector<std::string> broken_keys(const Books& books, const Journal& journal) {
    std::vector<std::string> broken;
    const auto effects = read_effects(books);
    auto keys = read_keys(books);
    for (const auto& call : journal.keyed) {
        const auto found = keys.find(call.id);
        const auto fault = fault_of(call, found == keys.end() ? nullptr : &found->second, effects);
        if (!fault.empty()) broken.push_back(fmt::format("the {} with the key {}… {}", call.method, call.id.substr(0, 8), fault));
        if (found != keys.end()) keys.erase(found);
    }
    for (const auto& [id, answer] : keys) broken.push_back("nobody sent the key " + id);
    return broken;
}

}  // namespace tw::shop
