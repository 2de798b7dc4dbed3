// Limits of what an import takes in. A file is somebody else's work: it may be broken, or made to break us.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kith::exchange_limits {

inline constexpr uint64_t kEntries = 1'000'000;     // of one import
inline constexpr uint64_t kMembers = 2'000'000;     // files in a folder or archive
inline constexpr size_t kDocument = 512u << 20;     // one JSON document, expanded, bytes
inline constexpr size_t kNote = 8u << 20;           // one Markdown file, bytes
inline constexpr uint64_t kExpanded = 4ull << 30;   // all that is expanded of one archive, bytes
inline constexpr uint64_t kRatio = 100;             // expanded to packed bytes, above kRatioFloor
inline constexpr uint64_t kRatioFloor = 64u << 20;  // expanded bytes below which the ratio is not looked at
inline constexpr size_t kJsonNesting = 64;          // arrays and objects inside each other
inline constexpr size_t kFrontMatter = 64u << 10;   // YAML at the head of a Markdown file, bytes
inline constexpr int kFolderNesting = 32;           // folders inside each other
inline constexpr size_t kRaw = 4u << 20;            // bytes handed on of one unreadable part
inline constexpr size_t kSourceId = 200;            // an entry's id in the source, bytes; longer ones are not used

}  // namespace kith::exchange_limits
