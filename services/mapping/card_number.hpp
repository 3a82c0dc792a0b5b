#pragma once

#include <string_view>

namespace tw {

/// Whether a text contains what looks like the number of a payment card (ISO/IEC 7812-1). Such a
/// text must not be stored, logged or sent back. Services ask this about each text that callers
/// may fill freely.
///
/// A card number has 12 to 19 digits, begins with 2 to 6 (travel, banking, merchandising), and its
/// check digit is right. Its digits may be of any script, full-width ones for example, and may be
/// written in groups, with spaces, dashes or dots between them. Another number may stand before or
/// after it.
///
/// UUIDs are no card numbers, whatever their digits are. `utf8` may have bytes that are not UTF-8.
bool has_card_number(std::string_view utf8);

}  // namespace tw
