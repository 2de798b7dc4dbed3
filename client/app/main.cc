// kith-agent: started by `kith`, which lies beside it. It takes no arguments.
#include <sys/resource.h>
#include <sys/stat.h>

#include "client/app/agent.h"

int main() {
  umask(077);
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);  // a core file would hold entries and keys in the clear
  return kith::RunAgent();
}
