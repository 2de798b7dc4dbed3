// The door to one device's journal: writing, reading, and the sync machine of its mailbox. No I/O but the store's.
//
// Owned by one thread at a time. Every change is durable when its call returns OK; after an error nothing of it is
// there.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client/core/devices.h"
#include "client/core/drafts.h"
#include "client/core/last_use.h"
#include "client/core/ports.h"
#include "client/core/relay_address.h"
#include "client/core/sharing.h"
#include "client/core/shred.h"
#include "client/core/state.h"
#include "client/core/storage.h"
#include "client/core/sync.h"
#include "client/core/trustees.h"
#include "client/model/dates.h"
#include "client/model/entry.h"
#include "client/model/merge.h"
#include "client/model/quiet.h"

namespace kith {

struct ListQuery {
  std::optional<CivilDay> from;  // first and last day, both included
  std::optional<CivilDay> to;
  std::vector<std::string> tags;  // all of them
  std::optional<std::string> journal;
  std::vector<std::string> kinds;  // any of them; none: all
  enum class Which : uint8_t { kPresent, kStarred, kDeleted } which = Which::kPresent;
  enum class Order : uint8_t { kNewestFirst, kOldestFirst } order = Order::kNewestFirst;
  size_t limit = 0;  // 0: all
  // What it covers is left out, or with the rest but told apart (Summary::quiet); nullptr: nothing is covered.
  const Quiet* quiet = nullptr;
  bool with_quiet = false;
};

// An entry as shown, and its versions by id.
struct ShownEntry {
  EntryView view;
  storage::EntryVersions versions;
};

struct DeviceInfo {
  DeviceId id;
  std::string label;
  bool this_device = false;
  bool revoked = false;
  Hlc named = 0;      // when it got its label; 0: it has none
  Hlc last_seen = 0;  // of its newest record here; 0: none
};

// An entry from another journal. `name` is what names it in every import of the same source.
struct Addition {
  Bytes name;
  std::optional<EntryId> id;  // its id in the journal it was exported from, if that is known
  Content content;
};

// Changes whenever Journal::sync() begins anew (Restart, SetRelay, Reload). An answer to a call from before is not for
// it.
struct SyncEra {
  uint64_t loads = 0;
  uint64_t rounds = 0;
  friend bool operator==(const SyncEra&, const SyncEra&) = default;
};

class Journal {
 public:
  // kNoVault when the store is empty (found one with founding.h), kNewerFormat, kVaultDamaged, kStorageFailed. Store
  // and clock outlive the journal.
  static Result<std::unique_ptr<Journal>> Open(Store& store, Clock& clock);

  // ---- Writing. Content is checked (CheckContent). A new version follows `parents`, or the present heads where that
  // is empty. kNotFound for an unknown entry or parent; kShredded, here and in reading, for an entry that was
  // destroyed.
  Result<EntryId> Write(Content content);
  Result<> Edit(const EntryId& entry, std::vector<VersionId> parents, Content content);
  Result<> Delete(const EntryId& entry);
  // Makes a version's words the present ones again; nullopt: the newest that has words.
  Result<> Restore(const EntryId& entry, std::optional<VersionId> version);
  // See shred.h. The store still has to be compacted (CompactIfDue).
  Result<ShredOutcome> Shred(const EntryId& entry);
  // Rewrites the store where words were taken away since the last time, here or by what was synced, so that they are
  // gone from the disk. Costs as much as there is in it; nothing where nothing was.
  Result<> CompactIfDue();
  // Adds those not known yet, all or none of one call; returns how many. An entry that was edited or deleted since it
  // was imported counts as known.
  Result<size_t> Import(std::span<const Addition> additions);
  Result<bool> Imported(const Addition& addition) const;

  Drafts drafts() { return {store_, clock_}; }
  // last_use.h.
  Result<bool> NoteUse() { return kith::NoteUse(store_, clock_); }

  // ---- Reading.
  // By the first hex digits of an id, at least four. kNotFound, kAmbiguous, kInvalidArgument.
  Result<EntryId> Resolve(std::string_view prefix) const;
  Result<ShownEntry> Show(const EntryId& entry) const;
  // Every version with its words, newest first; shredded ones without.
  Result<std::vector<Version>> History(const EntryId& entry) const;
  // `visit` returns false to stop.
  Result<> List(const ListQuery& query, const std::function<bool(const storage::Summary&)>& visit) const;
  // Entries whose words hold all of `words`, newest first, each with a line around the first hit. Reads everything.
  struct Hit {
    storage::Summary summary;
    std::string snippet;
  };
  Result<std::vector<Hit>> Search(std::span<const std::string> words, size_t limit) const;
  // Every entry that is not deleted, in the order in which reading them all is quickest.
  Result<std::vector<EntryId>> Present() const;
  // The words of those of `entries` that are not deleted, in that order. `visit` returns false to stop (kCancelled).
  Result<> Read(std::span<const EntryId> entries,
                const std::function<bool(const EntryId&, const Content&)>& visit) const;
  // Read of Present.
  Result<> ForEach(const std::function<bool(const EntryId&, const Content&)>& visit) const;
  uint64_t entry_count() const;

  // ---- Devices, relay, sync.
  std::vector<DeviceInfo> Devices() const;
  // See devices.h. After an error nothing has changed.
  Result<> RenameDevice(const DeviceId& device, const std::string& label);
  Result<> RevokeDevice(const DeviceId& device);
  std::vector<RevocationPlace> RevocationPlaces(const DeviceId& device) const;
  // Whether a revocation asks something of a mailbox that its sync could do now.
  bool unsettled(const MailboxId& mailbox) const;
  // The label of the device that wrote a version; empty when unknown.
  std::string WriterOf(const storage::Place& place) const;
  // From now on this relay; `tokens` create mailboxes there: this person's own, and those of circles that it has lost.
  Result<> SetRelay(const RelayAddress& relay, std::vector<Bytes> tokens);
  std::optional<RelayAddress> relay() const;

  // ---- The recovery phrase, which is kept nowhere.
  // The person has shown that they have its words; the other devices hear of it.
  Result<> ConfirmRecovery();
  bool recovery_confirmed() const { return state_->recovery_confirmed != 0; }

  // What relays were found to do, by mailbox: what stands, and what is past and was not dismissed yet. Not of circles
  // that were left.
  std::vector<Alarm> Alarms() const;
  // A person has seen them: those that are past are forgotten, and equivocations, whose proofs stay.
  Result<> DismissAlarms();
  // Heads::CheckWords. kNotFound for a mailbox that is not known; kRelayUnreachable, or the mailbox's problem, while it
  // is not in step with its relay: then the words would tell nothing.
  Result<std::vector<std::string>> CheckWords(const MailboxId& mailbox);

  // ---- Social recovery: see trustees.h and release.h. After an error nothing has changed.
  Result<> SetTrustees(const TrusteesPlan& plan);
  Result<> EndTrustees();
  Result<size_t> VetoClaims();
  Result<ReleaseReply> AnswerClaim(const MailboxId& circle, const BoxPublic& claim);

  // ---- Friends (sharing.h). After an error of the store from it, Reload.
  Sharing sharing() { return Sharing(*state_); }
  // The mailboxes that are to be kept in step, this person's own first. Not circles of friends that rest, or that this
  // device holds no seat for yet; one that was left only until all is said there.
  std::vector<MailboxId> mailboxes() const;
  // The sync of one of them; made when first asked for. Good until Reload.
  Sync& sync(const MailboxId& mailbox);
  SyncEra sync_era(const MailboxId& mailbox) const;

  // Of this person's own mailbox.
  Sync& sync() { return *syncs_.at(mailbox()); }
  const Sync& sync() const { return *syncs_.at(mailbox()); }
  State& state() { return *state_; }
  const MailboxId& mailbox() const { return state_->identity.self_mailbox; }

  SyncEra sync_era() const { return sync_era(mailbox()); }

  // Keeps what relays have acknowledged, which otherwise waits for the next change. Costs a write where there is any.
  Result<> KeepAcknowledged();

  // After an error of the store, from here or from sync(): throws away what is in memory and reads it again. Until that
  // succeeds every call that can fail gives an error, and nothing may be asked of sync() but its status.
  Result<> Reload();
  // OK, or the error of the Reload that is still to succeed, which is tried once more.
  Result<> EnsureLoaded();

 private:
  Journal(Store& store, Clock& clock) : store_(store), clock_(clock) {}

  Result<> Ready() const;
  // Whether it is covered. Reads the entry's words only where they may name somebody.
  Result<bool> IsQuiet(const Quiet& quiet, const storage::Summary& summary) const;
  // Takes an own version in and makes it durable; on any error the state is read again.
  Result<VersionId> Append(Version version);
  Result<> Keep(Transaction& tx, const Version& version);
  Result<> Finish(Transaction& tx, Result<> outcome);
  Result<> AfterChange(Result<> outcome);
  Result<storage::EntryVersions> Known(const EntryId& entry) const;
  EntryId IdOf(const Addition& addition) const;

  Store& store_;
  Clock& clock_;
  std::unique_ptr<State> state_;
  std::map<MailboxId, std::unique_ptr<Sync>> syncs_;  // this person's own, and those that were asked for
  bool stale_ = false;                                // memory may run ahead of the disk
  uint64_t loads_ = 0;
};

// Puts together what a search finds, entry by entry.
class SearchHits {
 public:
  explicit SearchHits(std::span<const std::string> words) : words_(words) {}
  void Take(const EntryId& entry, const Content& content);
  // Newest first; `limit` 0: all. Once.
  std::vector<Journal::Hit> Finish(size_t limit);

 private:
  std::span<const std::string> words_;
  std::vector<Journal::Hit> hits_;
};

std::string FormatEntryId(const EntryId& entry);  // 32 hex digits

}  // namespace kith
