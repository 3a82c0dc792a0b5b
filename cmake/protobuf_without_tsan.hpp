// Included before everything else (-include) where messages with map fields are compiled under ThreadSanitizer.
//
// protobuf's headers give map fields two more members there, to make races show; Debian's library has been built without
// them, and reflection then reads past where it should. The standard library has asked the same question before.
#include <memory>
#undef __SANITIZE_THREAD__
