// Wycheproof (C2SP, Apache-2.0) against the primitives as Kith calls them. Ours put labels and padding around them, so
// the vectors go to libsodium itself. PBKDF2, which is ours, is in
// slip39_test.cc.
#include <sodium.h>

#include "tests/vectors/vectors_testing.h"

namespace kith {
namespace {

bool Ed25519Accepts(const Bytes& key, const Bytes& message, const Bytes& signature) {
  // A Signature of ours is 64 bytes by its type.
  return signature.size() == 64 &&
         crypto_sign_verify_detached(signature.data(), message.data(), message.size(), key.data()) == 0;
}

std::optional<Bytes> X25519(const Bytes& secret, const Bytes& point) {
  Bytes shared(32);
  if (crypto_scalarmult(shared.data(), secret.data(), point.data()) != 0) return std::nullopt;
  return shared;
}

std::optional<Bytes> XChaChaOpen(const Bytes& key, const Bytes& nonce, const Bytes& ad, Bytes sealed) {
  Bytes message(sealed.size() - 16);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(message.data(), nullptr, nullptr, sealed.data(), sealed.size(),
                                                 ad.data(), ad.size(), nonce.data(), key.data()) != 0) {
    return std::nullopt;
  }
  return message;
}

Bytes HmacSha512(const Bytes& key, const Bytes& message, size_t size) {
  crypto_auth_hmacsha512_state state;
  crypto_auth_hmacsha512_init(&state, key.data(), key.size());
  crypto_auth_hmacsha512_update(&state, message.data(), message.size());
  Bytes tag(64);
  crypto_auth_hmacsha512_final(&state, tag.data());
  tag.resize(size);
  return tag;
}

Bytes Joined(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(Wycheproof, Ed25519) {
  KITH_SHARED_VECTORS(file, "wycheproof_ed25519.json");
  int valid = 0, invalid = 0;
  for (const auto& group : file->at("testGroups")) {
    const Bytes key = HexField(group.at("publicKey"), "pk");
    for (const auto& test : group.at("tests")) {
      const bool wanted = test.at("result") == "valid";
      EXPECT_EQ(Ed25519Accepts(key, HexField(test, "msg"), HexField(test, "sig")), wanted) << test.at("tcId");
      ++(wanted ? valid : invalid);
    }
  }
  EXPECT_EQ(valid, 88);
  EXPECT_EQ(invalid, 63);
}

TEST(Wycheproof, X25519) {
  KITH_SHARED_VECTORS(file, "wycheproof_x25519.json");
  int shared = 0, refused = 0;
  for (const auto& group : file->at("testGroups")) {
    for (const auto& test : group.at("tests")) {
      const std::optional<Bytes> got = X25519(HexField(test, "private"), HexField(test, "public"));
      const Bytes wanted = HexField(test, "shared");
      if (wanted == Bytes(32, 0)) {
        EXPECT_EQ(got, std::nullopt) << test.at("tcId");
        ++refused;
      } else {
        EXPECT_EQ(got, wanted) << test.at("tcId");
        ++shared;
      }
    }
  }
  EXPECT_EQ(shared, 487);
  EXPECT_EQ(refused, 31) << "a shared secret of zeros is an error to SealTo and OpenFrom";
}

TEST(Wycheproof, XChaCha20Poly1305) {
  KITH_SHARED_VECTORS(file, "wycheproof_xchacha20_poly1305.json");
  int run = 0, other_nonce = 0;
  for (const auto& group : file->at("testGroups")) {
    for (const auto& test : group.at("tests")) {
      const Bytes nonce = HexField(test, "iv");
      if (nonce.size() != 24) {  // our nonces are arrays of 24
        EXPECT_EQ(test.at("result"), "invalid");
        ++other_nonce;
        continue;
      }
      const auto opened = XChaChaOpen(HexField(test, "key"), nonce, HexField(test, "aad"),
                                      Joined(HexField(test, "ct"), HexField(test, "tag")));
      const bool valid = test.at("result") == "valid";
      EXPECT_EQ(opened, valid ? std::optional(HexField(test, "msg")) : std::nullopt) << test.at("tcId");
      ++run;
    }
  }
  EXPECT_EQ(run, 306);
  EXPECT_EQ(other_nonce, 9);
}

// HMAC-SHA512 confirms a pairing (crypto/cpace.h).
TEST(Wycheproof, HmacSha512) {
  KITH_SHARED_VECTORS(file, "wycheproof_hmac_sha512.json");
  int run = 0;
  for (const auto& group : file->at("testGroups")) {
    for (const auto& test : group.at("tests")) {
      const Bytes wanted = HexField(test, "tag");
      const Bytes tag = HmacSha512(HexField(test, "key"), HexField(test, "msg"), wanted.size());
      EXPECT_EQ(tag == wanted, test.at("result") == "valid") << test.at("tcId");
      ++run;
    }
  }
  EXPECT_EQ(run, 174);
}

// A few of each, so that the project also tests itself alone.

TEST(WycheproofConstants, Ed25519) {
  struct Case {
    int id;
    const char *key, *message, *signature;
    bool valid;
  };
  for (const Case& test : std::initializer_list<Case>{
           {1, "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa", "",
            "d4fbdb52bfa726b44d1786a8c0d171c3e62ca83c9e5bbe63de0bb2483f8fd6cc1429ab72cafc41ab56af02ff8fcc43b9"
            "9bfe4c7ae940f60f38ebaa9d311c4007",
            true},
           {2, "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa", "78",
            "d80737358ede548acb173ef7e0399f83392fe8125b2ce877de7975d8b726ef5b1e76632280ee38afad12125ea44b961b"
            "f92f1178c9fa819d020869975bcbe109",
            true},
           {10, "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa", "3f",
            "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
            "00000000000000000000000000000000",
            false},
           {63, "7d4d0e7f6153a69b6242b522abbee685fda4420f8834b108c3bdae369ef549fa", "54657374",
            "7c38e026f29e14aabd059a0f2db8b0cd783040609a8be684db12f82a27774ab067654bce3832c2d76f8f6f5dafc08d93"
            "39d4eef676573336a5c51eb6f946b31d",
            false},
       }) {
    EXPECT_EQ(Ed25519Accepts(HexBytes(test.key), HexBytes(test.message), HexBytes(test.signature)), test.valid)
        << test.id;
  }
}

TEST(WycheproofConstants, X25519) {
  struct Case {
    int id;
    const char *secret, *point, *shared;  // shared: null where it would be zeros
  };
  for (const Case& test : std::initializer_list<Case>{
           {1, "c8a9d5a91091ad851c668b0736c1c9a02936c0d3ad62670858088047ba057475",
            "504a36999f489cd2fdbc08baff3d88fa00569ba986cba22548ffde80f9806829",
            "436a2c040cf45fea9b29a0cb81b1f41458f863d0d61b453d0a982720d6d61320"},
           {2, "d85d8c061a50804ac488ad774ac716c3f5ba714b2712e048491379a500211958",
            "63aa40c6e38346c5caf23a6df0a5e6c80889a08647e551b3563449befcfc9733",
            "279df67a7c4611db4708a0e8282b195e5ac0ed6f4b2f292c6fbd0acac30d1332"},
           {32, "88227494038f2bb811d47805bcdf04a2ac585ada7f2f23389bfd4658f9ddd45e",
            "0000000000000000000000000000000000000000000000000000000000000000", nullptr},
           {33, "48232e8972b61c7e61930eb9450b5070eae1c670475685541f0476217e48184f",
            "0100000000000000000000000000000000000000000000000000000000000000", nullptr},
       }) {
    const auto wanted = test.shared == nullptr ? std::nullopt : std::optional(HexBytes(test.shared));
    EXPECT_EQ(X25519(HexBytes(test.secret), HexBytes(test.point)), wanted) << test.id;
  }
}

TEST(WycheproofConstants, XChaCha20Poly1305) {
  struct Case {
    int id;
    const char *key, *nonce, *ad, *sealed, *message;  // message: null where it must not open
  };
  for (const Case& test : std::initializer_list<Case>{
           {1, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
            "404142434445464748494a4b4c4d4e4f5051525354555657", "50515253c0c1c2c3c4c5c6c7",
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39"
            "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
            "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49",
            "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a20496620492063"
            "6f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
            "637265656e20776f756c642062652069742e"},
           {2, "ab1562faea9f47af3ae1c3d6d030e3af230255dff3df583ced6fbbcbf9d606a9",
            "6a5e0c4617e07091b605a4de2c02dde117de2ebd53b23497", "", "e2697ea6877aba39d9555a00e14db041", ""},
           {146, "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
            "000102030405060708090a0b0c0d0e0f1011121314151617", "000102", "0418b3e73e52c3be2eaba76807b784e1", nullptr},
       }) {
    const auto wanted = test.message == nullptr ? std::nullopt : std::optional(HexBytes(test.message));
    EXPECT_EQ(XChaChaOpen(HexBytes(test.key), HexBytes(test.nonce), HexBytes(test.ad), HexBytes(test.sealed)), wanted)
        << test.id;
  }
}

TEST(WycheproofConstants, HmacSha512) {
  struct Case {
    int id;
    const char *key, *message, *tag;
    bool valid;
  };
  for (const Case& test : std::initializer_list<Case>{
           {1,
            "5365244bb43f23f18dfc86c09d62db4741138bec1fbddc282d295e0a098eb5c3e37bd6f4cc16d5ce7d77b1d474a1eb4d"
            "b313cc0c24e48992ac125196549df9a8",
            "",
            "d0a556bd1afa8df1ebf9e3ee683a8a2450a7c83eba2daf2e2ff2f953f0cd64da216e67134cf55578b205c8a1e241ba13"
            "69516a5ef4298b9c1d31e9d59fc04fe4",
            true},
           {2,
            "00698977f7102c67b594166919aa99dc3e58c7b6697a6422e238d04d2f57b2c74e4e84f5c4c6b792952df72f1c092448"
            "02f0bcf8752efb90e836110703bfa21c",
            "01",
            "4d1609cc2c2f1ab5ddc35815ae1b5dc046f226bde17ec37a4c89ec46fbd31af2aeb810b196dffdd11924d3772bef26a7"
            "a542e0a1673b76b915d41cbd3df0f6a6",
            true},
           {28,
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
            "303132333435363738393a3b3c3d3e3f",
            "",
            "d39b9e3f87809686f34109fbc718d6abbb09c278cf05a206adf21463e1170362122e58272a31679720b254cbd63a7c6d"
            "696bf9283f9c6897e7d792483bb0388c",
            false},
       }) {
    const Bytes wanted = HexBytes(test.tag);
    EXPECT_EQ(HmacSha512(HexBytes(test.key), HexBytes(test.message), wanted.size()) == wanted, test.valid) << test.id;
  }
}

}  // namespace
}  // namespace kith
