// The fields of operations about friends and shares. For wire's .cc files only.
#pragma once

#include "client/wire/ops.h"

namespace kith::v1 {
class Friend;
class Heard;
class Share;
class ShareNote;
class TakeBack;
}  // namespace kith::v1

namespace kith::wire {

void WriteFriend(const FriendOp& op, v1::Friend* to);
void WriteShareNote(const ShareNoteOp& op, v1::ShareNote* to);
void WriteShare(const ShareOp& op, v1::Share* to);
void WriteTakeBack(const TakeBackOp& op, v1::TakeBack* to);
void WriteHeard(const HeardOp& op, v1::Heard* to);

// kMalformed, kTooLarge.
Result<Op> ReadFriend(const v1::Friend& in);
Result<Op> ReadShareNote(const v1::ShareNote& in);
Result<Op> ReadShare(v1::Share& in);
Result<Op> ReadTakeBack(const v1::TakeBack& in);
Result<Op> ReadHeard(v1::Heard& in);

}  // namespace kith::wire
