#include "kit/auth/token/strict_json.hpp"

#include <cstdint>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_stack.hpp>

namespace tw::auth {
namespace {

namespace json = boost::json;

/// Receives the events of Boost.JSON's parser, makes a value of them, and counts the members.
class StrictBuilder {
 public:
    static constexpr std::size_t max_object_size = SIZE_MAX;
    static constexpr std::size_t max_array_size = SIZE_MAX;
    static constexpr std::size_t max_key_size = SIZE_MAX;
    static constexpr std::size_t max_string_size = SIZE_MAX;
    using ErrorCode = boost::system::error_code;
    using Text = json::string_view;

    explicit StrictBuilder(std::size_t values_max) : values_max_{values_max} { stack_.reset(); }

    json::value take() { return stack_.release(); }
    /// How many members all objects of the text have together.
    std::size_t members() const { return members_; }

    bool on_document_begin(ErrorCode&) { return true; }
    bool on_document_end(ErrorCode&) { return true; }
    bool on_comment_part(Text, ErrorCode&) { return true; }
    bool on_comment(Text, ErrorCode&) { return true; }
    bool on_number_part(Text, ErrorCode&) { return true; }
    bool on_object_begin(ErrorCode& error) { return count(error); }
    bool on_object_end(std::size_t size, ErrorCode&) {
        members_ += size;
        stack_.push_object(size);
        return true;
    }
    bool on_array_begin(ErrorCode& error) { return count(error); }
    bool on_array_end(std::size_t size, ErrorCode&) {
        stack_.push_array(size);
        return true;
    }
    bool on_key_part(Text text, std::size_t, ErrorCode&) {
        stack_.push_chars(text);
        return true;
    }
    bool on_key(Text text, std::size_t, ErrorCode&) {
        stack_.push_key(text);
        return true;
    }
    bool on_string_part(Text text, std::size_t, ErrorCode&) {
        stack_.push_chars(text);
        return true;
    }
    bool on_string(Text text, std::size_t, ErrorCode& error) {
        if (!count(error)) return false;
        stack_.push_string(text);
        return true;
    }
    bool on_int64(std::int64_t number, Text, ErrorCode& error) {
        if (!count(error)) return false;
        stack_.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, Text, ErrorCode& error) {
        if (!count(error)) return false;
        stack_.push_uint64(number);
        return true;
    }
    bool on_double(double number, Text, ErrorCode& error) {
        if (!count(error)) return false;
        stack_.push_double(number);
        return true;
    }
    bool on_bool(bool value, ErrorCode& error) {
        if (!count(error)) return false;
        stack_.push_bool(value);
        return true;
    }
    bool on_null(ErrorCode& error) {
        if (!count(error)) return false;
        stack_.push_null();
        return true;
    }

 private:
    bool count(ErrorCode& error) {
        if (++values_ <= values_max_) return true;
        error = json::error::array_too_large;
        return false;
    }

    std::size_t values_max_;
    std::size_t values_ = 0;
    std::size_t members_ = 0;
    json::value_stack stack_;
};

std::size_t members_of(const json::value& value) {
    std::size_t members = 0;
    if (const auto* const object = value.if_object()) {
        members = object->size();
        for (const auto& member : *object) members += members_of(member.value());
    } else if (const auto* const array = value.if_array()) {
        for (const auto& element : *array) members += members_of(element);
    }
    return members;
}

}  // namespace

std::optional<json::object> read_strict_json(std::string_view text, const StrictJsonLimits& limits) {
    json::parse_options grammar;
    grammar.max_depth = limits.depth_max;
    json::basic_parser<StrictBuilder> parser{grammar, limits.values_max};
    boost::system::error_code error;
    const auto used = parser.write_some(false, text.data(), text.size(), error);
    if (error || used < text.size() || !parser.done()) return std::nullopt;
    auto value = parser.handler().take();
    // Boost.JSON keeps the last of two members with one name, so fewer members are left than came.
    if (!value.is_object() || members_of(value) != parser.handler().members()) return std::nullopt;
    return std::move(value.get_object());
}

std::optional<std::string_view> string_member(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(json::string_view{name.data(), name.size()});
    if (value == nullptr || !value->is_string()) return std::nullopt;
    const auto& text = value->get_string();
    return std::string_view{text.data(), text.size()};
}

}  // namespace tw::auth
