#include "kit/http/json/field_value.hpp"
#include "kit/http/json/json_frame.hpp"
#include "kit/http/json/json_pointer.hpp"
#include "kit/http/json_mapping.hpp"
#include "kit/http/reasons.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include <boost/json/basic_parser_impl.hpp>

namespace tw::http {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::size_t kViolationsMax = 64;

/// Whether the key is a number such as "007" or "-0", by which one key could come twice unnoticed.
bool has_another_spelling(const FieldDescriptor& key, std::string_view text) {
    if (key.cpp_type() == FieldDescriptor::CPPTYPE_STRING) return false;
    return (text.starts_with('0') && text != "0") || text.starts_with("-0");
}

/// Receives the events of Boost.JSON's parser and fills the message directly. There is no document
/// in between, and a key that comes twice is noticed.
class Filler {
 public:
    static constexpr std::size_t max_object_size = SIZE_MAX;
    static constexpr std::size_t max_array_size = SIZE_MAX;
    static constexpr std::size_t max_key_size = SIZE_MAX;
    static constexpr std::size_t max_string_size = SIZE_MAX;
    using ErrorCode = boost::system::error_code;
    using Text = boost::json::string_view;

    Filler(Message& out, std::vector<Violation>& violations, const JsonOptions& options)
        : out_{out}, violations_{violations}, options_{options} {
        frames_.reserve(4);
    }

    bool on_document_begin(ErrorCode&) { return true; }
    bool on_document_end(ErrorCode&) { return true; }
    bool on_comment_part(Text, ErrorCode&) { return true; }
    bool on_comment(Text, ErrorCode&) { return true; }

    bool on_object_begin(ErrorCode&) {
        if (ignored_ > 0) return ignore_more();
        if (frames_.empty()) {
            frames_.push_back({Frame::Kind::message, &out_, out_.GetReflection()});
            return true;
        }
        const auto& top = frames_.back();
        if (top.kind == Frame::Kind::message && top.field != nullptr && top.field->is_map()) {
            frames_.push_back({Frame::Kind::map, top.message, top.reflection, top.field});
            return true;
        }
        const auto place = next_place();
        if (!place) return ignore_more();
        if (place->field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || is_written_as_text(*place->field.message_type())) {
            refuse(expectation(place->field));
            return ignore_more();
        }
        auto* const nested = place->add ? place->reflection.AddMessage(&place->message, &place->field)
                                        : place->reflection.MutableMessage(&place->message, &place->field);
        frames_.push_back({Frame::Kind::message, nested, nested->GetReflection()});
        return true;
    }
    bool on_object_end(std::size_t, ErrorCode&) { return end_nested(); }

    bool on_array_begin(ErrorCode&) {
        if (ignored_ > 0) return ignore_more();
        if (!frames_.empty()) {
            const auto& top = frames_.back();
            if (top.kind == Frame::Kind::message && top.field != nullptr && top.field->is_repeated() && !top.field->is_map()) {
                frames_.push_back({Frame::Kind::list, top.message, top.reflection, top.field});
                return true;
            }
            if (const auto place = next_place()) refuse(expectation(place->field));
        } else {
            refuse("must be an object");
        }
        return ignore_more();
    }
    bool on_array_end(std::size_t, ErrorCode&) { return end_nested(); }

    bool on_key_part(Text part, std::size_t, ErrorCode&) {
        text_.append(part.data(), part.size());
        return true;
    }
    bool on_key(Text part, std::size_t, ErrorCode&) {
        text_.append(part.data(), part.size());
        if (ignored_ == 0) begin_member();
        text_.clear();
        return true;
    }

    bool on_string_part(Text part, std::size_t, ErrorCode&) {
        text_.append(part.data(), part.size());
        return true;
    }
    bool on_string(Text part, std::size_t, ErrorCode&) {
        // Only strings with escapes come in several parts.
        std::string_view whole{part.data(), part.size()};
        if (!text_.empty()) whole = text_.append(whole);
        take([&](const FieldPlace& place) { return store_string(place, whole); });
        text_.clear();
        return true;
    }

    bool on_number_part(Text part, ErrorCode&) {
        text_.append(part.data(), part.size());
        return true;
    }
    bool on_int64(std::int64_t value, Text part, ErrorCode&) {
        // A whole zero has lost its sign, which a field for fractions keeps.
        const bool minus_zero = value == 0 && (text_.empty() ? part.starts_with('-') : text_.starts_with('-'));
        take([&](const FieldPlace& place) { return minus_zero ? store_decimal(place, "-0", -0.0) : store_signed(place, value); });
        text_.clear();
        return true;
    }
    bool on_uint64(std::uint64_t value, Text, ErrorCode&) {
        take([&](const FieldPlace& place) { return store_unsigned(place, value); });
        text_.clear();
        return true;
    }
    bool on_double(double value, Text part, ErrorCode&) {
        text_.append(part.data(), part.size());
        take([&](const FieldPlace& place) { return store_decimal(place, text_, value); });
        text_.clear();
        return true;
    }
    bool on_bool(bool value, ErrorCode&) {
        take([&](const FieldPlace& place) { return store_bool(place, value); });
        return true;
    }
    bool on_null(ErrorCode&) {
        if (ignored_ > 0) return true;
        if (frames_.empty()) {
            refuse("must be an object");
        } else if (frames_.back().kind != Frame::Kind::message) {
            refuse("must not be null");
        } else if (options_.null_clears && frames_.back().field != nullptr) {
            clear(frames_.back());
        }
        end_value();
        return true;
    }

 private:
    /// Handles null in a merge patch, which removes the member (RFC 7396). A field with presence is
    /// set to its empty value. For fields that cannot express that, null is refused, so that the
    /// client does not believe that something was removed.
    void clear(const Frame& top) {
        const auto& field = *top.field;
        if (field.is_repeated() || field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return refuse("cannot be removed");
        if (field.has_presence()) store_default({*top.message, *top.reflection, field});
    }

    bool ignore_more() {
        ++ignored_;
        return true;
    }

    bool end_nested() {
        if (ignored_ > 0) {
            if (--ignored_ > 0) return true;
        } else {
            frames_.pop_back();
        }
        end_value();
        return true;
    }

    void end_value() {
        if (frames_.empty()) return;
        auto& top = frames_.back();
        if (top.kind == Frame::Kind::list) ++top.index;
    }

    void begin_member() {
        auto& top = frames_.back();
        if (top.kind == Frame::Kind::map) return begin_entry(top);
        top.field = find_member(top);
        // Pointers use the contract's names, so that a service's violations of the same field have
        // the same pointer.
        top.key = top.field == nullptr ? text_ : top.field->name();
        if (top.field == nullptr) {
            refuse("is not a field here");
        } else if (!top.see(*top.field)) {
            refuse("is given twice");
            top.field = nullptr;
        }
    }

    /// Returns the field that the text names, or null if there is none.
    const FieldDescriptor* find_member(Frame& top) {
        if (top.type == nullptr) top.type = top.message->GetDescriptor();
        // Most members come in the order of the contract.
        const int next = top.field == nullptr ? 0 : top.field->index() + 1;
        if (next < top.type->field_count() && top.type->field(next)->name() == text_) return top.type->field(next);
        return find_field(*top.type, text_);
    }

    void begin_entry(Frame& map) {
        map.key = text_;
        map.entry = nullptr;
        if (map.keys == nullptr) map.keys = std::make_unique<std::unordered_set<std::string>>();
        if (!map.keys->insert(text_).second) return refuse("is given twice");
        if (!count_element()) return;
        auto* entry = map.reflection->AddMessage(map.message, map.field);
        const auto& key = *map.field->message_type()->map_key();
        if (auto refusal = store_text({*entry, *entry->GetReflection(), key}, text_)) return refuse("as a key " + *refusal);
        if (has_another_spelling(key, text_)) return refuse("is a key with unneeded zeros or signs");
        map.entry = entry;
    }

    bool count_element() {
        if (++elements_ <= options_.elements_max) return true;
        if (elements_ == options_.elements_max + 1)
            refuse("is too many: " + std::to_string(options_.elements_max) + " elements are allowed");
        return false;
    }

    /// Returns where the next value belongs, or nothing if it does not belong anywhere, which has
    /// been reported then.
    std::optional<FieldPlace> next_place() {
        auto& top = frames_.back();
        if (top.kind == Frame::Kind::list) {
            if (!count_element()) return std::nullopt;
            return FieldPlace{*top.message, *top.reflection, *top.field, true};
        }
        if (top.kind == Frame::Kind::map) {
            if (top.entry == nullptr) return std::nullopt;
            return FieldPlace{*top.entry, *top.entry->GetReflection(), *top.field->message_type()->map_value()};
        }
        if (top.field == nullptr) return std::nullopt;
        if (top.field->is_repeated()) {
            refuse(top.field->is_map() ? "must be an object" : "must be a list");
            return std::nullopt;
        }
        const auto* oneof = top.field->real_containing_oneof();
        if (oneof != nullptr && top.reflection->HasOneof(*top.message, oneof)) {
            refuse("cannot be set together with another field: only one of " + oneof->name());
            return std::nullopt;
        }
        return FieldPlace{*top.message, *top.reflection, *top.field};
    }

    template <class Store>
    void take(Store store) {
        if (ignored_ > 0) return;
        if (frames_.empty()) return refuse("must be an object");
        if (const auto place = next_place()) {
            if (auto refusal = store(*place)) refuse(std::move(*refusal));
        }
        end_value();
    }

    void refuse(std::string detail) {
        if (violations_.size() < kViolationsMax) violations_.push_back({pointer(), std::move(detail)});
    }

    std::string pointer() const {
        std::string pointer;
        for (const auto& frame : frames_)
            append_pointer_token(pointer, frame.kind == Frame::Kind::list ? std::to_string(frame.index) : frame.key);
        return pointer;
    }

    Message& out_;
    std::vector<Violation>& violations_;
    const JsonOptions& options_;
    std::vector<Frame> frames_;
    /// The nesting depth within an ignored value.
    std::size_t ignored_ = 0;
    std::size_t elements_ = 0;
    std::string text_;
};

Error malformed_json(std::string_view json, std::size_t offset, std::string_view what) {
    const auto before = json.substr(0, std::min(offset, json.size()));
    const auto line = 1 + std::ranges::count(before, '\n');
    const auto column = before.size() - (before.rfind('\n') + 1) + 1;
    return {Code::invalid_argument, reason::kMalformedJson,
            "the body is not valid JSON at line " + std::to_string(line) + ", column " + std::to_string(column) + ": " +
                std::string{what}};
}

}  // namespace

Result<void> parse_json(std::string_view json, Message& out, std::vector<Violation>& violations, const JsonOptions& options) {
    if (json.size() > options.bytes_max) {
        return Error{Code::invalid_argument, reason::kBodyTooLarge,
                     "the body is larger than " + std::to_string(options.bytes_max) + " bytes"};
    }
    // RFC 8259 §8.1 allows a reader to ignore it.
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (json.starts_with(kByteOrderMark)) json.remove_prefix(kByteOrderMark.size());
    boost::json::parse_options grammar;
    grammar.max_depth = options.depth_max;
    boost::json::basic_parser<Filler> parser{grammar, out, violations, options};
    boost::system::error_code error;
    const auto used = parser.write_some(false, json.data(), json.size(), error);
    if (error == boost::json::error::too_deep) {
        return malformed_json(json, used, "nested deeper than " + std::to_string(options.depth_max) + " levels");
    }
    if (error) return malformed_json(json, used, error.message());
    if (used < json.size()) return malformed_json(json, used, "there is text after the object");
    return {};
}

}  // namespace tw::http
