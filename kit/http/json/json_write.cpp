#include "kit/base/encoding.hpp"
#include "kit/base/json_text.hpp"
#include "kit/http/json/field_value.hpp"
#include "kit/http/json_mapping.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace tw::http {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

template <class Number>
void append_json_number(std::string& out, Number number) {
    std::array<char, 40> digits{};
    const auto [end, failure] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), end);
}

template <class Number>
void append_real(std::string& out, Number number) {
    // JSON has no such numbers, so protobuf's mapping writes them as strings.
    if (std::isnan(number)) {
        out += "\"NaN\"";
    } else if (std::isinf(number)) {
        out += number > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    } else {
        append_json_number(out, number);
    }
}

void append_bytes(std::string& out, std::string_view bytes) {
    auto text = base64_encode(bytes);
    text.append((4 - text.size() % 4) % 4, '=');
    append_json_string(out, text);
}

void append_enum(std::string& out, const FieldDescriptor& field, int number) {
    // A number from a newer contract has no name here.
    if (const auto* value = field.enum_type()->FindValueByNumber(number)) {
        append_json_string(out, value->name());
    } else {
        append_json_number(out, number);
    }
}

void append_message(std::string& out, const Message& message, const Descriptor& type);

/// The value of a singular field, or one element (`index`) of a repeated one.
class FieldReader {
 public:
    FieldReader(const Message& message, const Reflection& reflection, const FieldDescriptor& field, int index)
        : message_{message}, field_{field}, reflection_{reflection}, index_{index} {}

    void append_to(std::string& out) const {
        const bool one = index_ < 0;
        switch (field_.cpp_type()) {
            case FieldDescriptor::CPPTYPE_INT32:
                return append_json_number(
                    out, one ? reflection_.GetInt32(message_, &field_) : reflection_.GetRepeatedInt32(message_, &field_, index_));
            case FieldDescriptor::CPPTYPE_INT64:
                return append_json_number(
                    out, one ? reflection_.GetInt64(message_, &field_) : reflection_.GetRepeatedInt64(message_, &field_, index_));
            case FieldDescriptor::CPPTYPE_UINT32:
                return append_json_number(out, one ? reflection_.GetUInt32(message_, &field_)
                                                   : reflection_.GetRepeatedUInt32(message_, &field_, index_));
            case FieldDescriptor::CPPTYPE_UINT64:
                return append_json_number(out, one ? reflection_.GetUInt64(message_, &field_)
                                                   : reflection_.GetRepeatedUInt64(message_, &field_, index_));
            case FieldDescriptor::CPPTYPE_DOUBLE:
                return append_real(out, one ? reflection_.GetDouble(message_, &field_)
                                            : reflection_.GetRepeatedDouble(message_, &field_, index_));
            case FieldDescriptor::CPPTYPE_FLOAT:
                return append_real(
                    out, one ? reflection_.GetFloat(message_, &field_) : reflection_.GetRepeatedFloat(message_, &field_, index_));
            case FieldDescriptor::CPPTYPE_BOOL:
                out += (one ? reflection_.GetBool(message_, &field_) : reflection_.GetRepeatedBool(message_, &field_, index_))
                           ? "true"
                           : "false";
                return;
            case FieldDescriptor::CPPTYPE_ENUM:
                return append_enum(out, field_,
                                   one ? reflection_.GetEnumValue(message_, &field_)
                                       : reflection_.GetRepeatedEnumValue(message_, &field_, index_));
            case FieldDescriptor::CPPTYPE_STRING:
                return append_text(out);
            case FieldDescriptor::CPPTYPE_MESSAGE:
                return append_message(
                    out,
                    one ? reflection_.GetMessage(message_, &field_) : reflection_.GetRepeatedMessage(message_, &field_, index_),
                    *field_.message_type());
        }
    }

 private:
    void append_text(std::string& out) const {
        std::string scratch;
        const auto& text = index_ < 0 ? reflection_.GetStringReference(message_, &field_, &scratch)
                                      : reflection_.GetRepeatedStringReference(message_, &field_, index_, &scratch);
        if (field_.type() == FieldDescriptor::TYPE_BYTES) {
            append_bytes(out, text);
        } else {
            append_json_string(out, text);
        }
    }

    const Message& message_;
    const FieldDescriptor& field_;
    const Reflection& reflection_;
    int index_;
};

void append_list(std::string& out, const Message& message, const Reflection& reflection, const FieldDescriptor& field) {
    out += '[';
    const int size = reflection.FieldSize(message, &field);
    for (int i = 0; i < size; ++i) {
        if (i > 0) out += ',';
        FieldReader{message, reflection, field, i}.append_to(out);
    }
    out += ']';
}

/// Entries are sorted by key, so that equal messages are written equally.
void append_map(std::string& out, const Message& message, const Reflection& reflection, const FieldDescriptor& field) {
    std::vector<std::pair<std::string, const Message*>> entries;
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
        const auto& entry = reflection.GetRepeatedMessage(message, &field, i);
        std::string key;
        FieldReader{entry, *entry.GetReflection(), *field.message_type()->map_key(), -1}.append_to(key);
        // Keys are strings in JSON, whatever they are in the contract.
        entries.emplace_back(key.starts_with('"') ? std::move(key) : '"' + key + '"', &entry);
    }
    std::ranges::sort(entries);
    out += '{';
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (i > 0) out += ',';
        out += entries[i].first;
        out += ':';
        FieldReader{*entries[i].second, *entries[i].second->GetReflection(), *field.message_type()->map_value(), -1}.append_to(
            out);
    }
    out += '}';
}

void append_message(std::string& out, const Message& message, const Descriptor& type) {
    if (is_written_as_text(type)) return append_json_string(out, well_known_text(message));
    // It is fetched once: each fetch costs a virtual call and a check that the descriptors exist.
    const auto& reflection = *message.GetReflection();
    out += '{';
    for (int i = 0; i < type.field_count(); ++i) {
        const auto& field = *type.field(i);
        if (field.has_presence() && !reflection.HasField(message, &field)) continue;
        append_json_name(out, field.name());
        if (field.is_map()) {
            append_map(out, message, reflection, field);
        } else if (field.is_repeated()) {
            append_list(out, message, reflection, field);
        } else {
            FieldReader{message, reflection, field, -1}.append_to(out);
        }
    }
    out += '}';
}

}  // namespace

void write_json(const Message& message, std::string& out) { append_message(out, message, *message.GetDescriptor()); }

}  // namespace tw::http
