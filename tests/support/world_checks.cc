// What must hold once the world has healed.
#include <algorithm>

#include "tests/support/builders.h"
#include "tests/support/world.h"

namespace kith {
namespace {

void Put(std::string& out, const Content& content) {
  out += "\n  title " + content.title + "\n  text " + content.text + "\n  journal " + content.journal + "\n  date " +
         std::to_string(content.date.year) + "-" + std::to_string(content.date.month) + "-" +
         std::to_string(content.date.day) + (content.starred ? "\n  starred" : "");
  for (const std::string& tag : content.tags) out += "\n  tag " + tag;
}

bool Contains(ByteView bytes, std::string_view words) {
  return std::ranges::search(bytes, AsBytes(words)).begin() != bytes.end();
}

}  // namespace

// Everything a person can see of a journal.
std::string World::Shown(Machine& machine) {
  std::string out;
  for (const auto which : {ListQuery::Which::kPresent, ListQuery::Which::kDeleted}) {
    const auto listed = machine.journal->List({.which = which}, [&](const storage::Summary& summary) {
      const auto shown = machine.journal->Show(summary.id);
      if (!shown) {
        Problem(machine.name + " cannot show an entry it lists: " + CodeName(shown.error().code));
        return true;
      }
      out += "\nentry " + FormatEntryId(summary.id) + (summary.deleted ? " deleted" : "") +
             (summary.conflict ? " conflict" : "") + "\n listed as " + summary.title + "|" + summary.first_line;
      for (const VersionId& head : shown->view.heads) out += "\n head " + Hex(head.view());
      Put(out, shown->view.content);
      for (const Side& side : shown->view.sides) {
        out += "\n side " + Hex(side.id.view()) + (side.deleted ? " deleted" : "");
        Put(out, side.content);
      }
      return true;
    });
    if (!listed) Problem(machine.name + " cannot list: " + CodeName(listed.error().code));
  }
  for (const auto& [version, entry] : VersionsIn(machine.store)) out += "\nversion " + Hex(version.view());
  return out;
}

void World::Check() {
  if (!problems_.empty()) return;
  if (friendly()) SettleShares();
  for (size_t person = 0; person < residents_.size() && problems_.empty(); ++person) CheckPerson(person);
  if (!problems_.empty() || !friendly()) return;
  if (grouped()) {
    CheckGroup();
  } else {
    CheckCircle();
  }
  CheckAudiences();
}

void World::CheckPerson(size_t person) {
  Machine* const fresh = LinkNow(FirstOf(person));
  if (fresh == nullptr) return;
  Heal();
  if (!problems_.empty()) return;
  const std::string expected = Shown(*fresh);
  ForgetGone();
  ForgetPruned(person);
  CheckRevocations(person);
  for (Machine* machine : MachinesOf(person)) {
    if (Gone(*machine)) continue;
    CheckMachine(*machine);
    CheckKept(*machine);
    if (Shown(*machine) != expected) Problem(machine->name + " shows something else than a fresh device");
    for (const MailboxId& mailbox : machine->journal->mailboxes()) CheckRelay(mailbox);
  }
}

// Nobody lies here, so no relay and no device is accused: not for a moment, whatever the weather did. Only that a relay
// was emptied is said, since it was.
void World::CheckNoAlarm(Machine& machine) {
  if (!machine.journal || Gone(machine)) return;
  for (const Alarm& alarm : machine.journal->Alarms()) {
    if (alarm.code == Code::kRelayWiped) continue;
    Problem(machine.name + " raises a false alarm: " + CodeName(alarm.code) +
            (alarm.mailbox == MailboxOf(machine) ? "" : ", of a circle"));
  }
}

void World::CheckMachine(Machine& machine) {
  Journal& journal = *machine.journal;
  // At a relay that lets somebody in no more nothing can be made good for them.
  const std::vector<Alarm> alarms = journal.Alarms();
  const auto answered = [&](const Alarm& alarm) { return honest_ || !ShutOut(machine, alarm.mailbox); };
  if (std::ranges::any_of(alarms, answered)) Problem(machine.name + " still has an alarm");
  const std::vector<MailboxId> mailboxes = journal.mailboxes();
  for (const MailboxId& mailbox : mailboxes) {
    if (GoneForGood(machine, mailbox) || OutOfGroup(machine, mailbox)) continue;
    const SyncStatus status = journal.sync(mailbox).status();
    if (status.phase != SyncStatus::Phase::kLive) Problem(machine.name + " is not live");
    if (status.problem) Problem(machine.name + " still has a problem: " + CodeName(status.problem->code));
    if (status.waiting != 0) Problem(machine.name + " still has something to send");
  }
  CheckTrue(machine);
  if (honest_ && journal.state().refused != 0) Problem(machine.name + " refused something of an honest relay");
  for (const storage::Lane& lane : journal.state().lanes.all()) {
    if (lane.broken != 0)
      Problem(machine.name + " holds a lane to be broken: " + CodeName(static_cast<Code>(lane.broken - 1)) +
              (lane.mailbox == MailboxOf(machine) ? "" : ", of a circle"));
    // One who was left is not asked for any more, also where a new device has read only half of it.
    const bool asked =
        std::ranges::find(mailboxes, lane.mailbox) != mailboxes.end() && !OutOfGroup(machine, lane.mailbox);
    if (asked && (lane.applied_seq != lane.stored_seq || lane.beyond != 0) && !Ended(journal.state(), lane))
      Problem(machine.name + " has not taken in all of a lane");
  }
  size_t listed = 0;
  const auto counted = journal.List({}, [&](const storage::Summary&) { return ++listed != 0; });
  if (!counted || listed != journal.entry_count()) Problem(machine.name + " counts its entries wrongly");
}

void World::CheckKept(Machine& machine) {
  std::map<EntryId, std::vector<Version>> histories;
  for (const auto& [version, kept] : kept_) {
    if (kept.person != machine.person || Shredded(machine, kept.entry)) continue;
    if (!histories.contains(kept.entry)) {
      auto history = machine.journal->History(kept.entry);
      if (!history) {
        Problem(machine.name + " lost an entry that was acknowledged: " + CodeName(history.error().code));
        return;
      }
      histories[kept.entry] = *std::move(history);
    }
    const auto& history = histories[kept.entry];
    const auto found = std::ranges::find(history, version, &Version::id);
    if (found == history.end()) {
      Problem(machine.name + " lost a version that was acknowledged");
    } else if (found->state != kept.state || found->content != kept.content) {
      Problem(machine.name + " holds other words than were acknowledged");
    }
  }
}

void World::CheckRelay(const MailboxId& id) {
  const SimRelay::Mailbox* const mailbox = Find(id);
  if (mailbox == nullptr) return Problem("no relay has the mailbox");
  const auto readable = [&](ByteView bytes) {
    return std::ranges::any_of(residents_, [&](const Resident& one) { return Contains(bytes, one.phrase); });
  };
  for (const auto& record : mailbox->log) {
    const auto header = VerifyRecord(record->header, record->signature, record->payload);
    if (!header || !mailbox->seats.Known(header->lane)) Problem("the relay holds a record that no listed lane signed");
    if (readable(record->payload) || readable(record->header)) Problem("the relay can read an entry");
  }
  for (const SignedStatement& statement : mailbox->statements) {
    if (readable(statement.body)) Problem("the relay can read an entry");
  }
}

}  // namespace kith
