// How far in somebody is let: pinned people, trust notes about them, and what may therefore be shared with them. All of
// it are entries of one's own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/core/state.h"
#include "client/model/entry.h"

namespace kith {

// Somebody who is pinned.
struct PinnedPerson {
  EntryId entry;
  Content content;  // of kind "person"
};
Result<std::vector<PinnedPerson>> PinnedPeople(State& state);

// The newest that a trust note says of a friend, by the day it is about, then by when it was written: 0 to 5; nullopt:
// none says so. A note names the friend, or a pinned person who is that friend.
Result<std::optional<int32_t>> DoorOf(State& state, const PersonId& person);

// kDoorClosed, with the way to change it: the content is deeper than the door of somebody in the circle is open, or of
// a kind that is only for people whose ring is safe. What has no depth, and whoever has no door, is not held up.
Result<> CheckDoors(State& state, const MailboxId& circle, const Content& content);

}  // namespace kith
