#include "codegen/json_text.hpp"

#include <boost/json/serialize.hpp>

namespace tw::codegen {

namespace {

void append(std::string& text, const boost::json::value& value, std::string indent);

template <class Items, class AppendItem>
void append_items(std::string& text, const Items& items, char open, char close, const std::string& indent,
                  AppendItem append_item) {
    text += open;
    bool first = true;
    for (const auto& item : items) {
        text += first ? "\n" : ",\n";
        text += indent + "  ";
        append_item(item);
        first = false;
    }
    if (!first) text += "\n" + indent;
    text += close;
}

void append(std::string& text, const boost::json::value& value, std::string indent) {
    const auto inner = indent + "  ";
    if (const auto* object = value.if_object()) {
        append_items(text, *object, '{', '}', indent, [&](const boost::json::key_value_pair& member) {
            text += boost::json::serialize(member.key()) + ": ";
            append(text, member.value(), inner);
        });
    } else if (const auto* array = value.if_array()) {
        append_items(text, *array, '[', ']', indent, [&](const boost::json::value& item) { append(text, item, inner); });
    } else {
        text += boost::json::serialize(value);
    }
}

}  // namespace

std::string json_text(const boost::json::value& value) {
    std::string text;
    append(text, value, "");
    return text + '\n';
}

}  // namespace tw::codegen
