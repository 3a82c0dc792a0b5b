#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tw::unicode {

// What texts of people are compared by, the same on every database engine, since it is done here and not by a collation. Texts
// are UTF-8; what is not is taken as it is.

/// Texts that differ in nothing but upper and lower case, or in how a letter with its accents is put together, fold to the same
/// text: the full case folding of Unicode, in normalisation form C. Both are stable: what has folded once folds the same by later
/// versions of Unicode, unless it had characters without a meaning.
std::string fold(std::string_view text);

/// Whether the text has characters that nobody sees, that change the direction of what is written or that mean nothing:
/// controls, formats, spaces of all kinds, fillers, private and unassigned ones.
bool has_unseen(std::string_view text);

/// Whether there is nothing to be seen of the text.
bool is_blank(std::string_view text);

/// The ASCII form of a host's name (IDNA 2008 by UTS #46, non-transitional), in lower case: "exämple.com" becomes
/// "xn--exmple-cua.com". Nothing for what is no such name: empty labels, those over 63 bytes, other characters than letters,
/// digits and hyphens, names over 253 bytes.
std::optional<std::string> host_to_ascii(std::string_view name);

}  // namespace tw::unicode
