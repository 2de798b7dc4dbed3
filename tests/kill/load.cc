#include "tests/kill/load.h"

#include <algorithm>
#include <set>

#include "crypto/verify/hash.h"

namespace kith::kill_test {
namespace {

constexpr size_t kRecordsAtOnce = 8;
constexpr size_t kLargePayload = 3'000;

// What a killed or just restarted agent answers; all else is a problem.
bool WasAway(const grpc::Status& status) {
  const std::string code = CodeOf(status);
  if (code.empty()) return status.error_code() == grpc::StatusCode::UNAVAILABLE;
  return code == "LOCKED";
}

}  // namespace

void Acknowledged::Add(const std::string& entry, std::string text) {
  const std::lock_guard lock(mutex_);
  const auto [at, added] = texts_.try_emplace(entry);
  if (added) order_.push_back(entry);
  at->second.push_back(std::move(text));
}

std::string Acknowledged::Any(Dice& dice) const {
  const std::lock_guard lock(mutex_);
  return order_.empty() ? "" : order_[dice.Below(order_.size())];
}

std::map<std::string, std::vector<std::string>> Acknowledged::entries() const {
  const std::lock_guard lock(mutex_);
  return texts_;
}

void Tally::Problem(std::string what) {
  const std::lock_guard lock(mutex_);
  problems_.push_back(std::move(what));
}

std::vector<std::string> Tally::problems() const {
  const std::lock_guard lock(mutex_);
  return problems_;
}

// ---- A device's writer

DeviceWriter::DeviceWriter(const Device& device, uint64_t seed, Acknowledged& acknowledged, Tally& tally)
    : device_(device), dice_(seed), acknowledged_(acknowledged), tally_(tally), thread_([this] { Run(); }) {}

DeviceWriter::~DeviceWriter() {
  stop_ = true;
  thread_.join();
}

void DeviceWriter::Run() {
  auto stub = device_.Connect();
  while (!stop_) {
    const grpc::Status status = Act(*stub);
    if (status.ok()) continue;
    if (!WasAway(status)) {
      tally_.Problem(device_.name() + " refuses to write: " + CodeOf(status) + " " + status.error_message());
      return;
    }
    // Until it is back and unlocked.
    Eventually(
        [&] {
          stub = device_.Connect();
          v1::StatusReply reply;
          const bool up = stub->Status(Context().get(), {}, &reply).ok();
          return stop_ || (up && reply.vault() == v1::StatusReply::UNLOCKED);
        },
        std::chrono::minutes(2));
  }
}

grpc::Status DeviceWriter::Act(Device::Stub& stub) {
  const std::string entry = dice_.Below(3) == 0 ? acknowledged_.Any(dice_) : "";
  return entry.empty() ? Write(stub) : Edit(stub, entry);
}

// Some hundred bytes as a rule; some of several packs' size.
std::string DeviceWriter::NextText() {
  std::string text = device_.name() + " " + std::to_string(++texts_) + "\n";
  size_t length = dice_.Below(900);
  if (dice_.Below(50) == 0) length = dice_.Below(150'000);
  while (text.size() < length) text += "line " + std::to_string(dice_.Next()) + "\n\n";
  return text;
}

grpc::Status DeviceWriter::Write(Device::Stub& stub) {
  v1::WriteRequest request;
  request.set_text(NextText());
  v1::EntrySummary reply;
  const grpc::Status status = stub.Write(Context().get(), request, &reply);
  if (!status.ok()) return status;
  acknowledged_.Add(reply.id(), request.text());
  tally_.Count();
  return status;
}

grpc::Status DeviceWriter::Edit(Device::Stub& stub, const std::string& entry) {
  v1::EditRequest request;
  request.set_entry(entry);
  request.set_text(NextText());
  v1::EntrySummary reply;
  const grpc::Status status = stub.Edit(Context().get(), request, &reply);
  // The other device's, and not here yet.
  if (CodeOf(status) == "NOT_FOUND") return grpc::Status::OK;
  if (!status.ok()) return status;
  acknowledged_.Add(entry, request.text());
  tally_.Count();
  return status;
}

// ---- The relay's writer

RelayWriter::RelayWriter(const RelayProgram& relay, const std::string& invite, uint64_t seed, Tally& tally)
    : relay_(relay), dice_(seed), tally_(tally) {
  if (Found(invite)) {
    thread_ = std::thread([this] { Run(); });
  } else {
    tally_.Problem("a mailbox of its own could not be made at the relay");
  }
}

bool RelayWriter::Found(const std::string& invite) {
  relay_test::Client client(relay_.port());
  std::vector<std::string> tokens;
  const auto secret = FromBase64(invite.substr(invite.rfind('.') + 1));
  return secret && client.Hello().ok && client.Redeem(*secret, {}, &tokens).ok && tokens.size() == 1 &&
         client.Create(mailbox_, tokens.front()).ok;
}

void RelayWriter::Stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

std::vector<SignedRecord> RelayWriter::NextRecords() {
  std::vector<SignedRecord> records;
  for (uint64_t left = 1 + dice_.Below(kRecordsAtOnce); left > 0; --left) {
    records.push_back(mailbox_.Write(std::string(1 + dice_.Below(kLargePayload), 'x')));
  }
  return records;
}

// What was not acknowledged is sent again until it is: the relay may have it or not.
void RelayWriter::Run() {
  auto client = std::make_unique<relay_test::Client>(relay_.port());
  bool known = client->Hello().ok;
  std::vector<SignedRecord> records = NextRecords();
  while (!stop_) {
    const auto outcome = known ? client->Push(mailbox_.lane.signer, mailbox_.id, records) : relay_test::Outcome();
    if (outcome.ok) {
      for (const SignedRecord& record : records) acknowledged_.push_back(RecordIdOf(record.header));
      tally_.Count();
      records = NextRecords();
      continue;
    }
    const bool refused = outcome.reason != v1::RelayError::UNSPECIFIED &&
                         outcome.reason != v1::RelayError::STALE_NONCE &&
                         outcome.reason != v1::RelayError::SHUTTING_DOWN;
    if (refused) {
      tally_.Problem("the relay refuses a push: " + v1::RelayError::Reason_Name(outcome.reason));
      return;
    }
    known = Eventually(
        [&] {
          client = std::make_unique<relay_test::Client>(relay_.port());
          return stop_ || client->Hello().ok;
        },
        std::chrono::minutes(2));
  }
}

void RelayWriter::Check() {
  relay_test::Client client(relay_.port());
  if (!client.Hello().ok) return tally_.Problem("the relay does not answer at the end");
  std::set<RecordId> there;
  v1::Cursor cursor;
  v1::PullReply page;
  do {
    if (!client.Pull(mailbox_.lane.signer, mailbox_.id, cursor, &page).ok) {
      return tally_.Problem("the relay does not serve a mailbox at the end");
    }
    for (const v1::Record& record : page.records()) {
      const auto signature = Signature::From(AsBytes(record.signature()));
      const bool whole = signature && !record.payload().empty() &&
                         VerifyRecord(AsBytes(record.header()), *signature, AsBytes(record.payload()));
      if (whole) there.insert(RecordIdOf(AsBytes(record.header())));
    }
    cursor = page.next();
  } while (page.records_size() > 0);
  const auto lost = std::ranges::count_if(acknowledged_, [&](const RecordId& id) { return !there.contains(id); });
  if (lost > 0) {
    tally_.Problem("the relay lost " + std::to_string(lost) + " of " + std::to_string(acknowledged_.size()) +
                   " records that it had acknowledged");
  }
}

}  // namespace kith::kill_test
