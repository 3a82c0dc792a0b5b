#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tw::unicode {

// Services compare texts that people wrote by these functions, and not by collations of the
// database, so that all engines give the same results. Texts are UTF-8. Bytes that are not UTF-8
// are compared as they are.

/// Returns the text by the full case folding of Unicode, in normalisation form C. Texts that differ
/// only in upper and lower case, or in how a letter with accents is encoded, become equal. Both are
/// stable: later versions of Unicode give the same result, unless the text has unassigned
/// characters.
std::string fold(std::string_view text);

/// Whether the text has characters that are invisible, that change the direction of writing or that
/// have no meaning: controls, formats, spaces of all kinds, fillers, private and unassigned
/// characters.
bool has_unseen(std::string_view text);

/// Whether the text has no visible character.
bool is_blank(std::string_view text);

/// Returns the ASCII form of a host's name (IDNA 2008 by UTS #46, non-transitional), in lower case:
/// "exämple.com" becomes "xn--exmple-cua.com". Returns nothing if the text is no such name. The
/// ASCII form has at most 253 bytes. Its labels have from 1 to 63 letters, digits and hyphens.
std::optional<std::string> host_to_ascii(std::string_view name);

}  // namespace tw::unicode
