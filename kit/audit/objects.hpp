#pragma once

#include "kit/rpc/method.hpp"

#include <string>

namespace tw::audit {

/// The objects that a call is about, by their kinds and ids.
class Objects {
 public:
    /// Takes the ids from a message: its texts whose names are "id" or end in "_id". `kind` is what
    /// "id" is the id of. An object that is known already is not added again. A value that has
    /// other characters than ids have, such as an e-mail address, is not stored.
    void add_from(const rpc::Message& message, std::string_view kind);
    void add(std::string_view kind, std::string_view id);
    /// Returns the list: "order=0198… user=0198…".
    const std::string& text() const { return text_; }

 private:
    std::string text_;
};

/// Returns the kind of object that a method answers with: "order" for a method that returns Order.
std::string kind_of(const rpc::Method& method);

}  // namespace tw::audit
