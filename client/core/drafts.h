// What a person has begun and not saved yet: answers to a practice's questions, kept on this device alone. Never sent,
// listed or searched.
#pragma once

#include <optional>
#include <vector>

#include "client/core/ports.h"
#include "client/model/entry.h"

namespace kith {

struct PracticeDraft {
  EntryId id;  // random; of the draft, not of an entry
  int64_t at_ms = 0;
  Content content;
};

// Every call is durable when it returns OK; after an error nothing has changed. Store and clock outlive it.
class Drafts {
 public:
  Drafts(Store& store, Clock& clock) : store_(store), clock_(clock) {}

  // A new one, or in place of the one of that id. The content is checked as an entry's is. kTooLarge: there are
  // limits::kDrafts.
  Result<EntryId> Keep(const std::optional<EntryId>& id, const Content& content);
  // Newest first.
  Result<std::vector<PracticeDraft>> All() const;
  // One that is not there changes nothing.
  Result<> Drop(const EntryId& id);

 private:
  Store& store_;
  Clock& clock_;
};

}  // namespace kith
