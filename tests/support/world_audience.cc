// What each audience must have in the end, and what it must never have had: convergence of shares and answers, and a
// search of every byte that was ever sent.
#include <algorithm>

#include "client/core/intake.h"
#include "client/core/lane_ends.h"
#include "client/core/share_storage.h"
#include "client/wire/pack.h"
#include "crypto/seal.h"
#include "crypto/verify/labels.h"
#include "tests/support/builders.h"
#include "tests/support/secrets.h"
#include "tests/support/world.h"

namespace kith {
namespace {

using Back = Ledger::Share::Back;

std::string WordsOf(const SharedContent& content) {
  return content.kind + "|" + content.title + "|" + content.text + "|" + content.note +
         (content.passage ? "|passage" : "") + Hex(AsBytes(content.unknown));
}

std::string WordsOf(const Answer& answer) {
  return Hex(answer.person.view()) + "|" + std::to_string(answer.at) + "|" + answer.text + "|" +
         std::to_string(static_cast<int>(answer.wish));
}

std::vector<ReceivedShare> InboxOf(Machine& machine) {
  std::vector<ReceivedShare> out;
  const auto listed = machine.journal->sharing().Inbox([&](const ReceivedShare& share) {
    out.push_back(share);
    return true;
  });
  if (!listed) out.clear();
  return out;
}

bool Stands(const SentShare& share) { return share.reach != Reach::kHeld && share.reach != Reach::kTakenBack; }

}  // namespace

// Whether its relay has lost all lanes that a share stands in, with every device that could write to them. Who had it
// before keeps it, and can hand it to nobody.
bool World::OnlyHere(Machine& machine, const ReceivedShare& share) {
  const State& state = machine.journal->state();
  const SimRelay::Mailbox* there = Find(share.circle);
  const auto known =
      storage::ReadKnown(Transaction(machine.store), storage::KnownShareKey(share.circle, share.author, share.id));
  if (!known || !*known || (*known)->copies.empty() || there == nullptr) return false;
  return std::ranges::all_of((*known)->copies, [&](const storage::KnownShare::Copy& copy) {
    if (copy.place.kind != storage::Place::Kind::kRecord) return false;
    const storage::Lane& lane = state.lanes.all()[copy.place.owner - 1];
    return Revoked(state, lane) && !there->seats.Known(lane.key);
  });
}

// Everything a person can see of what they share and are shared.
std::string World::SharesShown(Machine& machine) {
  std::string out;
  Hlc before = UINT64_MAX;
  for (const ReceivedShare& share : InboxOf(machine)) {
    if (share.at > before) Problem(machine.name + " lists its inbox out of order");
    before = share.at;
    if (OnlyHere(machine, share)) continue;
    out += "\nreceived " + Hex(share.id.view()) + " " + std::to_string(share.at) + " " + WordsOf(share.content);
  }
  const auto audience = machine.journal->sharing().Audience(std::nullopt);
  if (!audience) return out + "\nno audience: " + CodeName(audience.error().code);
  std::set<std::string> sent;
  for (const SentShare& share : *audience) {
    if (Stands(share))
      sent.insert("\nsent " + Hex(share.id.view()) + " of " + FormatEntryId(share.entry) + " " +
                  std::to_string(share.shared) + (share.follow ? " follow" : "") + (share.passage ? " passage" : ""));
    if (share.reach == Reach::kHeld || share.reach == Reach::kWaiting)
      Problem(machine.name + " still holds a share that should have left");
  }
  for (const std::string& line : sent) out += line;
  return out;
}

// Answers to what stands.
std::string World::AnswersShown(Machine& machine) {
  std::set<std::string> lines;
  for (const ReceivedShare& share : InboxOf(machine)) {
    if (OnlyHere(machine, share)) continue;
    const auto answers = machine.journal->sharing().Answers(share);
    if (!answers) Problem(machine.name + " cannot show answers");
    for (const Answer& answer : answers.value_or(std::vector<Answer>())) lines.insert(WordsOf(answer));
  }
  const auto audience = machine.journal->sharing().Audience(std::nullopt);
  if (audience) {
    for (const SentShare& share : *audience) {
      if (!Stands(share)) continue;
      const auto answers = machine.journal->sharing().AnswersTo(share.entry);
      if (!answers) Problem(machine.name + " cannot show answers");
      for (const Answer& answer : answers.value_or(std::vector<Answer>())) lines.insert(WordsOf(answer));
    }
  }
  std::string out;
  for (const std::string& line : lines) out += "\n" + line;
  return out;
}

void World::CheckCircle() {
  for (size_t person = 0; person < residents_.size(); ++person) {
    Machine& first = FirstOf(person);
    const std::string shares = SharesShown(first);
    const std::string answers = AnswersShown(first);
    for (Machine* machine : MachinesOf(person)) {
      if (Gone(*machine)) continue;
      if (SharesShown(*machine) != shares) Problem(machine->name + " shows other shares than " + first.name);
      if (AnswersShown(*machine) != answers) Problem(machine->name + " shows other answers than " + first.name);
    }
    for (size_t other = 0; other < residents_.size(); ++other) {
      if (other != person) CheckStanding(first, FirstOf(other));
    }
    CheckWhatStands(first);
  }
}

// What one says is shared is what the other has.
void World::CheckStanding(Machine& writer, Machine& reader) {
  const auto audience = writer.journal->sharing().Audience(std::nullopt);
  if (!audience) return Problem(writer.name + " cannot say who sees what");
  std::map<ShareId, ReceivedShare> received;
  for (const ReceivedShare& share : InboxOf(reader)) {
    if (share.author == residents_[writer.person].id) received.emplace(share.id, share);
  }
  std::set<ShareId> sent;
  for (const SentShare& share : *audience) {
    // A circle that never came about has nobody to read there.
    if (!Stands(share) || share.circle != *circle_) continue;
    sent.insert(share.id);
    const auto found = received.find(share.id);
    if (found == received.end()) {
      // The machine that let it go was set back before it told the circle; only its note was told.
      const auto known = ledger_.shares.find(share.id);
      if (known == ledger_.shares.end() || !known->second.certain) continue;
      Problem(reader.name + " lacks a share that stands for " + writer.name);
      continue;
    }
    if (!share.follow) continue;
    const auto shown = writer.journal->Show(share.entry);
    if (!shown || shown->view.deleted) continue;
    if (found->second.content.text != shown->view.content.text ||
        found->second.content.title != shown->view.content.title)
      Problem(reader.name + " has not the newest words of a share that follows");
  }
  for (const auto& [id, share] : received) {
    // Likewise: it told the circle, and was set back before it told its person's other devices.
    const auto known = ledger_.shares.find(id);
    if (known == ledger_.shares.end() || !known->second.certain) continue;
    if (!sent.contains(id)) Problem(reader.name + " has a share that " + writer.name + " does not know to stand");
  }
}

// Against what the world saw done.
void World::CheckWhatStands(Machine& reader) {
  std::map<ShareId, ReceivedShare> received;
  for (const ReceivedShare& share : InboxOf(reader)) received.emplace(share.id, share);
  for (const auto& [id, share] : ledger_.shares) {
    // One that went to a circle which never came about was left with it.
    if (share.author == reader.person || share.circle != *circle_) continue;
    const bool there = received.contains(id);
    if (!share.released && there) Problem(reader.name + " has a share that never left");
    if (share.back == Back::kYes && there) Problem(reader.name + " still has a share that was taken back");
    if (share.back == Back::kNo && share.certain && !there) Problem(reader.name + " lacks a share that was let go");
  }
  for (const auto& [id, share] : received) {
    const auto known = ledger_.shares.find(id);
    if (known == ledger_.shares.end()) continue;  // its making was interrupted, and had been done
    const std::string line = WordsOf(share.content);
    if (std::ranges::none_of(known->second.contents, [&](const SharedContent& one) { return WordsOf(one) == line; }))
      Problem(reader.name + " has other words than were shared");
  }
  const auto& answers = ledger_.answers;
  for (const auto& [id, share] : received) {
    const auto shown = reader.journal->sharing().Answers(share);
    for (const Ledger::Answer& answer : answers) {
      if (answer.share != id || !answer.certain) continue;
      const bool there = shown && std::ranges::any_of(*shown, [&](const Answer& one) {
                           return one.text == answer.text && one.wish == answer.wish;
                         });
      if (!there) Problem(reader.name + " lost an answer that was given");
    }
  }
}

std::optional<Plaintext> World::OpenAs(size_t person, const SignedRecord& record) {
  const auto header = RecordHeader::Parse(record.header);
  if (!header || header->kind != RecordKind::kSealed || record.payload.empty()) return std::nullopt;
  for (Machine* machine : MachinesOf(person)) {
    auto opened = machine->journal->state().keyring.Open(*header, record.payload);
    if (opened) return std::move(opened->plain);
  }
  return std::nullopt;
}

// What is searched for in everything that was sent.
struct World::Audit {
  std::vector<Secrets> own;                             // by person: what no circle may be told
  std::set<std::pair<MailboxId, LaneKey>> lanes;        // that anything was ever sent of
  Secrets shares;                                       // ids of shares, named by themselves
  std::map<std::string, uint64_t> released;             // a share's step, by that name
  std::vector<std::map<std::string, uint64_t>> spoken;  // by person: words that were let go, from which step on
};

World::Audit World::MakeAudit() const {
  Audit audit;
  audit.own.resize(residents_.size());
  audit.spoken.resize(residents_.size());
  for (size_t person = 0; person < residents_.size(); ++person) {
    audit.own[person].Add(residents_[person].mailbox.view(), "its author's own mailbox");
    // As world_writing.cc begins them; nothing else does.
    audit.own[person].Add(AsBytes(residents_[person].phrase + " tag "), "a tag");
    audit.own[person].Add(AsBytes(residents_[person].phrase + " journal "), "a journal's name");
  }
  std::set<EntryId> entries;
  for (const auto& [version, kept] : kept_) {
    audit.own[kept.person].Add(version.view(), "a version's id");
    if (entries.insert(kept.entry).second) audit.own[kept.person].Add(kept.entry.view(), "an entry's id");
  }
  for (const Caught& caught : wiretap_.records()) {
    const bool added = audit.lanes.emplace(caught.header.mailbox, caught.header.lane).second;
    if (added && caught.header.mailbox == residents_[caught.author].mailbox)
      audit.own[caught.author].Add(caught.header.lane.view(), "a lane of its author's own mailbox");
  }
  const auto speak = [&](size_t person, const std::string& words, uint64_t step) {
    for (const std::string& said : SaidAfter(AsBytes(words), residents_[person].phrase)) {
      const auto [known, added] = audit.spoken[person].try_emplace(said, step);
      if (!added) known->second = std::min(known->second, step);
    }
  };
  for (const auto& [id, share] : ledger_.shares) {
    const std::string name = Hex(id.view());
    audit.shares.Add(id.view(), name);
    audit.released[name] = share.released.value_or(UINT64_MAX);
    if (!share.released) continue;
    for (const SharedContent& content : share.contents)
      speak(share.author, content.title + "\n" + content.text + "\n" + content.note, *share.released);
  }
  for (const Ledger::Answer& answer : ledger_.answers) speak(answer.person, answer.text, 0);
  for (const Ledger::Perhaps& perhaps : ledger_.perhaps) speak(perhaps.person, perhaps.words, perhaps.step);
  return audit;
}

void World::CheckAudiences() {
  CheckKeys();
  const Audit audit = MakeAudit();
  for (const Caught& caught : wiretap_.records()) {
    const auto owner = std::ranges::find(residents_, caught.header.mailbox, &Resident::mailbox);
    if (owner != residents_.end()) {
      CheckInSelf(audit, static_cast<size_t>(owner - residents_.begin()), caught);
    } else {
      CheckInCircle(audit, caught);
    }
  }
  for (const Site& site : sites_) {
    for (const auto& [id, mailbox] : site.relay.database().mailboxes) {
      for (const auto& record : mailbox.log) CheckGone(*record, "a relay");
    }
  }
  for (Machine& machine : machines_) {
    // Those hear of nothing any more.
    if (Gone(machine) || (grouped() && OutOfGroup(machine, *circle_))) continue;
    const Bytes from = storage::Key(storage::Prefix::kRecord);
    const auto read =
        machine.store.Scan(from, storage::After(from), Store::Order::kAscending, [&](ByteView, ByteView value) {
          if (const auto record = storage::DecodeRecord(value)) CheckGone(*record, machine.name);
          return true;
        });
    if (!read) Problem(machine.name + " cannot be read");
  }
}

void World::CheckUnreleased(const Audit& audit, const Caught& caught, ByteView bytes) {
  for (const std::string& share : audit.shares.FindIn(bytes)) {
    if (audit.released.at(share) > caught.step) Problem("a relay was sent something of a share that had not left");
  }
}

// Nobody holds a key of another person's own mailbox.
void World::CheckKeys() {
  for (Machine& machine : machines_) {
    const State& state = machine.journal->state();
    for (size_t person = 0; person < residents_.size(); ++person) {
      const MailboxId& own = residents_[person].mailbox;
      if (person == machine.person) continue;
      if (!state.keyring.All(own).empty() || state.keyring.Seat(own) != nullptr || state.mailboxes.contains(own))
        Problem(machine.name + " has a key of another person's own mailbox");
    }
  }
}

// What stands around a circle's key: no key of another mailbox, and nothing of its author's.
void World::CheckAnnouncement(const Audit& audit, const Caught& caught) {
  const auto view = ParseAnnouncement(caught.record->payload);
  if (!view) return Problem("an announcement cannot be decoded");
  const Bytes ad = GenerationAd(caught.header, view->boxes_part);
  for (Machine& machine : machines_) {
    if (machine.person == caught.author) continue;
    for (const auto* known : machine.journal->state().keyring.All(caught.header.mailbox)) {
      const auto plain = Open(known->key, labels::kSealGeneration, ad, view->sealed, Padding::kNone);
      if (!plain) continue;
      for (const std::string& found : audit.own[caught.author].FindIn(plain->view()))
        Problem("a circle was told " + found);
      const auto body = DecodeGeneration(plain->view());
      if (!body || !body->wrapped.empty()) Problem("a circle's announcement hands on other keys");
    }
  }
}

// A record of somebody's own mailbox: nobody else opens it, and what was never let go is not mentioned in it either.
void World::CheckInSelf(const Audit& audit, size_t owner, const Caught& caught) {
  for (size_t person = 0; person < residents_.size(); ++person) {
    if (person != owner && OpenAs(person, *caught.record)) Problem("somebody can open another person's own record");
    if (person != owner && wiretap_.Had(person, caught.id)) Problem("somebody was served another person's own record");
  }
  const auto plain = OpenAs(owner, *caught.record);
  if (!plain) return;
  const auto pack = DecodePack(plain->view());
  if (!pack) return Problem("a record cannot be decoded");
  for (const Bytes& op : pack->ops) CheckUnreleased(audit, caught, op);
}

// A relay that hid a device's last records, and that device replaced or revoked since: nobody else was given the
// record, nor perhaps the key it is under.
bool World::LostWithItsWriter(const Caught& caught) const {
  return std::ranges::all_of(machines_, [&](const Machine& machine) {
    const auto& lanes = machine.journal->state().lanes.all();
    const auto lane = std::ranges::find(lanes, caught.header.lane, &storage::Lane::key);
    if (lane == lanes.end()) return true;
    if (lane->seed) return Gone(machine);
    return Gone(machine) || lane->stored_seq < caught.header.seq;
  });
}

// A record of a circle: nothing of its author's stands in it but what was shared there.
void World::CheckInCircle(const Audit& audit, const Caught& caught) {
  if (caught.header.kind == RecordKind::kGeneration) return CheckAnnouncement(audit, caught);
  std::optional<Plaintext> plain;
  for (size_t person = 0; person < residents_.size() && !plain; ++person) {
    if (person != caught.author) plain = OpenAs(person, *caught.record);
  }
  // Of a circle that never came about, or not sealed. In one of several somebody may be left alone.
  const bool theirs = !grouped() && caught.header.mailbox == circle_ && caught.header.kind == RecordKind::kSealed;
  if (!plain && theirs) {
    if (!LostWithItsWriter(caught)) Problem("a friend cannot open what was sent to their circle");
    plain = OpenAs(caught.author, *caught.record);
  }
  if (!plain) return;
  if (plain->view().empty() || plain->view().front() != 0) return Problem("a circle's record is compressed");
  for (const std::string& found : audit.own[caught.author].FindIn(plain->view())) Problem("a circle was told " + found);
  CheckUnreleased(audit, caught, plain->view());
  const auto& spoken = audit.spoken[caught.author];
  for (const std::string& said : SaidAfter(plain->view(), residents_[caught.author].phrase)) {
    const auto found = spoken.find(said);
    if (found == spoken.end() || found->second > caught.step)
      Problem("a circle was told words that were not shared there:" + said);
  }
  const auto pack = DecodePack(plain->view());
  if (!pack) return Problem("a circle's record cannot be decoded");
  for (const Seen& seen : pack->seen) {
    if (!audit.lanes.contains({caught.header.mailbox, seen.lane}))
      Problem("a circle was told of a lane of another mailbox");
  }
  for (const Bytes& bytes : pack->ops) {
    const auto op = DecodeOp(bytes);
    if (!op) {
      Problem("a circle's operation cannot be decoded");
    } else {
      CheckCircleOp(caught, *op);
    }
    if (op && std::holds_alternative<ShareOp>(*op) && pack->ops.size() != 1)
      Problem("a share is not alone in its record");
  }
}

void World::CheckCircleOp(const Caught& caught, const Op& op) {
  if (std::holds_alternative<SignedPersonOp>(op) || std::holds_alternative<SignedRosterOp>(op) ||
      std::holds_alternative<TakeBackOp>(op) || std::holds_alternative<LaneEndOp>(op) ||
      std::holds_alternative<WitnessOp>(op))
    return;
  const bool invites = std::holds_alternative<CircleInviteOp>(op) || std::holds_alternative<CircleAnswerOp>(op);
  const bool in_group = grouped() && caught.header.mailbox == circle_;
  if (grouped() && (in_group ? std::holds_alternative<HistoryGrantOp>(op) : invites)) return;
  if (const auto* share = std::get_if<ShareOp>(&op)) {
    const auto known = ledger_.shares.find(share->share);
    if (known == ledger_.shares.end()) return;  // its making was interrupted, and had been done
    if (known->second.author != caught.author || known->second.circle != caught.header.mailbox)
      return Problem("a share went to a circle that it was not meant for");
    if (!share->content.unknown.empty() || !share->content.date.day_only || !share->content.date.zone.empty())
      Problem("a share tells more of its entry than was chosen");
    return;
  }
  if (const auto* heard = std::get_if<HeardOp>(&op)) {
    const bool given = std::ranges::any_of(ledger_.answers, [&](const Ledger::Answer& answer) {
      return answer.share == heard->share && answer.person == caught.author;
    });
    // Words of an answer are searched for above; one without words is never made by itself.
    if (!given) Problem("an answer was sent that nobody gave");
    return;
  }
  Problem("an operation of another audience was sent to a circle");
}

// What was taken back is nowhere any more.
void World::CheckGone(const SignedRecord& record, const std::string& where) {
  for (size_t person = 0; person < residents_.size(); ++person) {
    const auto plain = OpenAs(person, record);
    if (!plain) continue;
    const auto pack = DecodePack(plain->view());
    if (!pack) return;
    for (const Bytes& bytes : pack->ops) {
      const auto op = DecodeOp(bytes);
      const auto* share = op ? std::get_if<ShareOp>(&*op) : nullptr;
      if (share == nullptr) continue;
      const auto known = ledger_.shares.find(share->share);
      // Who is not in a circle can take nothing back there.
      const bool may = !grouped() || (known != ledger_.shares.end() && !unsteady_.contains(known->second.author));
      if (may && known != ledger_.shares.end() && known->second.back == Back::kYes)
        Problem(where + " still has the words of a share that was taken back");
    }
    return;
  }
}

}  // namespace kith
