#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tw::http {

struct Response;

/// Header fields that all answers of a port have, such as those for the security of browsers. An
/// answer that has a field of the same name keeps its own. Answers of gRPC have none of these
/// fields, since no page shows them. The object is immutable, and its fields are written without an
/// allocation.
class FixedFields {
 public:
    struct Field {
        /// The name in lower case.
        std::string name;
        std::string value;
        /// The field as HTTP/1.1 writes it, with the end of the line.
        std::string line;
    };

    FixedFields() = default;
    /// Adds a field. `name` is in lower case, and name and value are valid.
    FixedFields& add(std::string_view name, std::string_view value);

    /// Appends the fields that `response` gets, as HTTP/1.1 writes them.
    void append_to(std::string& out, const Response& response) const;
    /// Calls `each(const Field&)` for the fields that `response` gets.
    template <class Each>
    void for_each_in(const Response& response, Each each) const {
        if (fields_.empty() || !concern(response)) return;
        for (const auto& field : fields_) {
            if (!has(response, field.name)) each(field);
        }
    }
    std::size_t size() const { return fields_.size(); }

 private:
    static bool concern(const Response& response);
    static bool has(const Response& response, std::string_view name);

    /// Returns whether the answer may have one of the fields itself: whether it has a field whose
    /// name is as long as one of theirs.
    bool may_overlap(const Response& response) const;

    std::vector<Field> fields_;
    /// All fields in HTTP/1.1's form.
    std::string text_;
    /// The bit of a number is set if a name has that many characters.
    std::uint64_t name_sizes_ = 0;
};

}  // namespace tw::http
