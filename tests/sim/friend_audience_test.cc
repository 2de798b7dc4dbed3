// What a friend and the relays ever got of somebody who shared one thing, and that the world would notice more.
#include <set>
#include <string>

#include "client/core/limits.h"
#include "client/core/outbox.h"
#include "crypto/verify/hash.h"
#include "tests/sim/two_friends.h"

namespace kith {
namespace {

Bytes Copy(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

bool In(const std::vector<Bytes>& all, ByteView part) {
  return std::ranges::any_of(all, [&](const Bytes& bytes) { return Within(bytes, part); });
}

class Audience : public TwoFriends {
 protected:
  // Every byte that relays were ever sent or keep: records, statements, and what was said when the two met.
  std::vector<Bytes> AtRelays() {
    std::vector<Bytes> all = world_.wiretap().others();
    for (const Caught& caught : world_.wiretap().records()) {
      all.push_back(caught.record->header);
      all.push_back(caught.record->payload);
    }
    for (size_t relay = 0; relay < 2; ++relay) {
      for (const auto& [id, mailbox] : world_.relay(relay).database().mailboxes) {
        for (const auto& record : mailbox.log) all.push_back(record->payload);
        for (const SignedStatement& statement : mailbox.statements) all.push_back(statement.body);
      }
    }
    return all;
  }

  // What one person's keys open of all that was ever sent, whoever was served it: as it was sealed, and unpacked.
  std::vector<Bytes> OpenedBy(size_t person) {
    std::vector<Bytes> all;
    for (const Caught& caught : world_.wiretap().records()) {
      const auto plain = world_.OpenAs(person, *caught.record);
      if (!plain) continue;
      all.push_back(Copy(plain->view()));
      const auto pack = DecodePack(plain->view());
      EXPECT_TRUE(pack.has_value());
      if (pack) all.insert(all.end(), pack->ops.begin(), pack->ops.end());
    }
    return all;
  }

  // Words and ids of what the writer never shared.
  struct Private {
    std::vector<std::string> words;
    std::vector<Bytes> ids;
  };

  void Keep(Private& secret, const EntryId& entry, const Content& content) {
    secret.words.insert(secret.words.end(), {content.tags.front(), content.journal});
    secret.ids.push_back(Copy(entry.view()));
    const std::vector<Version> history = *writer().journal->History(entry);
    for (const Version& version : history) secret.ids.push_back(Copy(version.id.view()));
  }

  Private WriteMuch() {
    Private secret;
    for (int i = 0; i < 40; ++i) {
      const std::string number = std::to_string(i);
      Content content = AnEntry("secret words " + number, "secret title " + number);
      content.tags = {"secret tag " + number};
      content.journal = "secret journal " + number;
      secret.words.insert(secret.words.end(), {content.text, content.title});
      Keep(secret, *writer().journal->Write(content), content);
    }
    const Bytes own = Copy(world_.resident(0).mailbox.view());
    secret.ids.push_back(own);
    // Devices' names, and what each calls the other.
    secret.words.insert(secret.words.end(), {"friend of 0"});
    return secret;
  }

  // A passage of one entry, of which all else stays private.
  void ShareAPassage(Private& secret) {
    Content told = AnEntry("A line before.\n\nThe part that is told.\n\nA line after.", "a title left out");
    told.tags = {"tag of the told one"};
    told.journal = "journal of the told one";
    told.starred = true;
    told.date.zone = "Europe/Lisbon";
    const EntryId entry = *writer().journal->Write(told);
    Keep(secret, entry, told);
    secret.words.insert(secret.words.end(), {"A line before", "A line after", "a title left out", told.date.zone});
    ASSERT_TRUE(writer().journal->sharing().Share(
        {.entry = entry, .circle = circle(), .passage = "The part that is told.", .note = "said beforehand"}));
  }

  // Puts an operation into the circle that no client of ours would, and has the world look at it.
  std::set<std::string> NoticedOf(const Op& op) {
    State& state = writer().journal->state();
    const Bytes bytes = EncodeOp(op);
    Transaction tx(state.store);
    Outbox(state).Add(tx, state.mailboxes.at(circle()), {&bytes, 1});
    EXPECT_TRUE(state.Commit(tx));
    world_.Heal();
    EXPECT_TRUE(world_.problems().empty());
    world_.CheckAudiences();
    return {world_.problems().begin(), world_.problems().end()};
  }
};

TEST_F(Audience, AFriendAndTheRelaysHaveNothingButTheSharedCopy) {
  Private secret = WriteMuch();
  ShareAPassage(secret);
  world_.Heal();
  ASSERT_EQ(Inbox(reader()).size(), 1u);
  ASSERT_EQ(Inbox(readers_other()).size(), 1u);

  const std::vector<Bytes> writers = OpenedBy(0);
  const std::vector<Bytes> friends = OpenedBy(1);
  const std::vector<Bytes> relays = AtRelays();
  for (const char* told : {"The part that is told.", "said beforehand"}) {
    EXPECT_TRUE(In(friends, AsBytes(told)));
    EXPECT_TRUE(Holds(reader(), told) && Holds(readers_other(), told));
    EXPECT_FALSE(In(relays, AsBytes(told)));
  }
  for (const std::string& words : secret.words) {
    EXPECT_TRUE(In(writers, AsBytes(words))) << "the search finds what is there: " << words;
    EXPECT_FALSE(In(friends, AsBytes(words))) << words;
    EXPECT_FALSE(Holds(reader(), words) || Holds(readers_other(), words)) << words;
    EXPECT_FALSE(In(relays, AsBytes(words))) << words;
  }
  for (const Bytes& id : secret.ids) {
    const std::string_view bytes(reinterpret_cast<const char*>(id.data()), id.size());
    EXPECT_TRUE(Holds(writer(), bytes)) << "the search finds what is there";
    EXPECT_FALSE(In(friends, id)) << "an id of " << id.size() << " bytes";
    EXPECT_FALSE(Holds(reader(), bytes) || Holds(readers_other(), bytes)) << "an id of " << id.size() << " bytes";
  }
  // No record of the writer's own mailbox was ever handed to the friend, or opens with the friend's keys.
  for (const Caught& caught : world_.wiretap().records()) {
    if (caught.header.mailbox != world_.resident(0).mailbox) continue;
    EXPECT_FALSE(world_.wiretap().Had(1, caught.id));
    EXPECT_FALSE(world_.OpenAs(1, *caught.record));
  }
  world_.CheckAudiences();
  EXPECT_TRUE(world_.problems().empty()) << world_.problems().front();
}

// The same copy, shared by somebody who has written one entry or forty: the friend gets as many records, as large, and
// as old.
TEST(AudienceCounts, HowMuchIsNotSharedIsNotTold) {
  class Writer : public Audience {
   public:
    std::string Shape(int entries) {
      for (int i = 0; i < entries; ++i) EXPECT_TRUE(writer().journal->Write(AnEntry("private")));
      world_.Heal();
      writer().clock.Advance(1);
      const EntryId told = *writer().journal->Write(AnEntry("told"));
      Share(told);
      world_.Heal();
      for (int i = 0; i < entries; ++i) EXPECT_TRUE(writer().journal->Write(AnEntry("private as well")));
      world_.Heal();
      std::string out;
      for (const Caught& caught : world_.wiretap().records()) {
        if (caught.header.mailbox != circle()) continue;
        const auto plain = world_.OpenAs(1, *caught.record);
        const auto pack = plain ? DecodePack(plain->view()) : Result<Pack>(Fail(Code::kNotFound));
        out += std::to_string(static_cast<int>(caught.header.kind)) + ": " + std::to_string(caught.header.seq) + ", " +
               std::to_string(caught.record->payload.size()) + " bytes";
        if (pack) out += ", " + std::to_string(pack->ops.size()) + " operations at " + std::to_string(pack->hlc);
        out += "\n";
      }
      return out;
    }
    void TestBody() override {}
  };
  const std::string one = Writer().Shape(1);
  EXPECT_NE(one, "");
  EXPECT_EQ(one, Writer().Shape(40));
}

TEST_F(Audience, TheWorldNoticesAnEntryInACircle) {
  const EntryId entry = *writer().journal->Write(AnEntry("private"));
  EXPECT_EQ(NoticedOf(writer().journal->History(entry)->front()),
            (std::set<std::string>{"an operation of another audience was sent to a circle"}));
}

TEST_F(Audience, TheWorldNoticesANoteToOnesOwnDevicesInACircle) {
  const EntryId entry = *writer().journal->Write(AnEntry("private"));
  EXPECT_EQ(NoticedOf(ShareNoteOp{.hlc = 1, .share = RandomId<ShareId>(), .circle = circle(), .entry = entry}),
            (std::set<std::string>{"an operation of another audience was sent to a circle"}));
}

TEST_F(Audience, TheWorldNoticesATagOfTheWriters) {
  const std::string tag = world_.resident(0).phrase + " tag rain";
  EXPECT_TRUE(NoticedOf(ShareOp{.share = RandomId<ShareId>(), .hlc = 1, .content = CopyForFriend(AnEntry(tag), "")})
                  .contains("a circle was told a tag"));
}

TEST_F(Audience, TheWorldNoticesMoreThanWasChosen) {
  SharedContent content = CopyForFriend(AnEntry("told"), "");
  content.unknown = "\xca\x02\x05hello";  // number 41, five bytes
  const ShareOp op{.share = RandomId<ShareId>(), .hlc = 1, .content = content};
  world_.ledger().shares[op.share] = {.circle = circle(), .entry = {}, .contents = {content}, .released = 0};
  EXPECT_EQ(NoticedOf(op), (std::set<std::string>{"a share tells more of its entry than was chosen"}));
}

TEST_F(Audience, TheWorldNoticesWordsThatWereNotShared) {
  const std::string words = world_.resident(0).phrase + " 7; rain";
  const ShareOp op{.share = RandomId<ShareId>(), .hlc = 1, .content = CopyForFriend(AnEntry(words), "")};
  EXPECT_EQ(NoticedOf(op), (std::set<std::string>{"a circle was told words that were not shared there: 7;"}));
}

TEST_F(Audience, TheWorldNoticesAShareThatLeftBeforeItsTime) {
  const ShareOp op{.share = RandomId<ShareId>(), .hlc = 1, .content = CopyForFriend(AnEntry("held"), "")};
  world_.ledger().shares[op.share] = {.circle = circle(), .entry = {}, .contents = {op.content}, .released = {}};
  EXPECT_EQ(NoticedOf(op), (std::set<std::string>{"a relay was sent something of a share that had not left"}));
}

TEST_F(Audience, TheWorldNoticesAnAnswerThatNobodyGave) {
  EXPECT_EQ(NoticedOf(HeardOp{.share = RandomId<ShareId>(), .author = world_.resident(1).id, .hlc = 1, .text = "seen"}),
            (std::set<std::string>{"an answer was sent that nobody gave"}));
}

TEST_F(Audience, TheWorldNoticesAKeyOfAnothersOwnMailbox) {
  State& readers = reader().journal->state();
  const MailboxId& own = world_.resident(0).mailbox;
  const auto* key = writer().journal->state().keyring.Newest(own);
  Transaction tx(readers.store);
  readers.keyring.AddGeneration(tx, own, key->id, key->key.Reveal());
  world_.CheckAudiences();
  const std::set<std::string> noticed(world_.problems().begin(), world_.problems().end());
  EXPECT_TRUE(noticed.contains(reader().name + " has a key of another person's own mailbox"));
  EXPECT_TRUE(noticed.contains("somebody can open another person's own record"));
}

}  // namespace
}  // namespace kith
