// Vaults as a Kith that landed wrote them, with what their relay had: files under tests/data. Layouts at the functions;
// how they are made: "Golden vaults" in tests/README.md.
#pragma once

#include <map>
#include <string>

#include "tests/support/mem_store.h"
#include "tests/support/sim_relay.h"

namespace kith {

struct Golden {
  std::map<std::string, MemStore> stores;  // by device
  SignPublic relay_key;
  SimRelay::Database relay;
};

// "Kith golden 1\n"; u32 number of stores, of each: name, u32 number of rows, of each: key, value; the relay's key and
// epoch; u32 number of its mailboxes, of each: id, u32 number of statements, each as storage::EncodeStatement; u32
// number of records, each as storage::EncodeRecord. Numbers are big-endian; names and keys stand behind a u32 length.
// Values, statements and records do too, at first; what has come before is u32 2^32 - 1 and a u32, which of them it
// was. Tokens are left out.
Bytes EncodeGolden(const Golden& golden);
// Aborts on anything else.
Golden ReadGolden(const std::string& path);

}  // namespace kith
