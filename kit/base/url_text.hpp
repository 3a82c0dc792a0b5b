#pragma once

#include <string>
#include <string_view>

namespace tw {

/// Returns `url` in a form that may be printed in a message, a log line or `config show`. Every
/// place that prints a URL or an address that a person has configured calls this function. The text
/// need not be a valid URL.
///
/// The result consists of parts that are known to be harmless: scheme, user name, hosts, numeric
/// ports, path, and the values of query parameters that hold no secret ("sslmode"). Every other
/// part is printed as "***": passwords, a user name without a password (many services take a token
/// there), unknown parameters and a fragment. The text after a character that should have been
/// escaped is masked too, since it may belong to a password. libpq's keyword form ("host=db
/// password=x") follows the same rules. Blanks around the text are cut off.
std::string printable_url(std::string_view url);

}  // namespace tw
