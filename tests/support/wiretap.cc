#include "tests/support/wiretap.h"

#include "crypto/verify/hash.h"

namespace kith {

void Wiretap::Sent(size_t person, const std::function<bool(const LaneKey&)>& wrote, const SignedRecord& record,
                   uint64_t step) {
  const auto header = RecordHeader::Parse(record.header);
  if (!header || record.payload.empty()) return;
  if (wrote(header->lane)) authors_.emplace(header->lane, person);
  const RecordId id = RecordIdOf(record.header);
  had_.emplace(person, id);
  if (!known_.insert(id).second) return;
  const auto author = authors_.find(header->lane);
  records_.push_back({.header = *header,
                      .id = id,
                      .record = std::make_shared<const SignedRecord>(record),
                      .author = author == authors_.end() ? person : author->second,
                      .step = step});
}

void Wiretap::Served(size_t person, const PullReply& page) {
  for (const SignedRecord& record : page.records) {
    if (!record.payload.empty()) had_.emplace(person, RecordIdOf(record.header));
  }
}

}  // namespace kith
