// The seeds of what a relay answers and of what a program asks the agent.
#include "tests/fuzz/seed_maker.h"

namespace kith::fuzz {

namespace {

std::string Stamp() { return "\x0a\x20" + std::string(32, 'k') + "\x12\x10" + std::string(16, 'e'); }

}  // namespace

// As relay.proto has them; field 1 of each answer is the stamp.
void RelayReplies(Maker& to) {
  const std::string stamp = "\x0a\x34" + Stamp();
  const std::string record = "\x0a\x03hdr\x12\x40" + std::string(64, 's') + "\x1a\x05words";
  const std::string cursor = "\x08\x01\x12\x10" + std::string(16, 'c');
  const auto field = [](char tag, const std::string& bytes) {
    return std::string(1, tag) + static_cast<char>(bytes.size()) + bytes;
  };
  to.Add("relay_replies", "ok-created", 0, stamp);
  to.Add("relay_replies", "ok-statement", 1, stamp + "\x10\x02");
  to.Add("relay_replies", "ok-statements", 2,
         stamp +
             field('\x12',
                   "\x0a\x04"
                   "body\x12\x40" +
                       std::string(64, 's')) +
             "\x18\x01");
  to.Add("relay_replies", "ok-pushed", 3, stamp + "\x10\x01\x18\x01" + field('\x22', cursor));
  to.Add("relay_replies", "ok-page", 4,
         stamp + field('\x12', record) + field('\x1a', cursor) + field('\x22', cursor) + "\x28\x01");
  to.Add("relay_replies", "no-stamp", 4, field('\x12', record));
  to.Add("relay_replies", "no-signature", 4, stamp + field('\x12', "\x0a\x03hdr"));
  to.Add("relay_replies", "ok-refusal", 5, std::string("\x06\x08\x01", 3));
  to.Add("relay_replies", "no-refusal", 5, "\x06\xff\xff");
}

// The calls by their places in requests.cc.
void Requests(Maker& to) {
  to.Add("requests", "ok-write", 0, "\x0a\x05Words");
  to.Add("requests", "ok-empty-write", 0, "");
  to.Add("requests", "no-message", 0, "\xff\xff\xff");
  to.Add("requests", "no-entry", 4,
         "\x0a\x04"
         "abcd");
  to.Add("requests", "ok-list", 6, "");
  to.Add("requests", "ok-search", 7, "\x0a\x05Words");
  to.Add("requests", "ok-devices", 8, "");
  to.Add("requests", "no-share", 15,
         "\x0a\x04"
         "abcd");
  to.Add("requests", "ok-status", 28, "");
  to.Add("requests", "ok-trustees", 29, "");
  to.Add("requests", "no-trustees", 30,
         "\x0a\x03"
         "Ann\x10\x02");
  to.Add("requests", "ok-held", 33, "");
}

}  // namespace kith::fuzz
