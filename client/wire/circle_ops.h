// Operations about who is in a circle. For ops.cc only.
#pragma once

#include "client/wire/ops.h"

namespace kith::v1 {
class CircleAnswer;
class CircleInvite;
class HistoryGrant;
}  // namespace kith::v1

namespace kith::wire {

void WriteCircleInvite(const CircleInviteOp& op, v1::CircleInvite* to);
void WriteCircleAnswer(const CircleAnswerOp& op, v1::CircleAnswer* to);
void WriteHistoryGrant(const HistoryGrantOp& op, v1::HistoryGrant* to);

// kMalformed.
Result<Op> ReadCircleInvite(const v1::CircleInvite& in);
Result<Op> ReadCircleAnswer(const v1::CircleAnswer& in);
Result<Op> ReadHistoryGrant(const v1::HistoryGrant& in);

}  // namespace kith::wire
