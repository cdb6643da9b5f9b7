// What puts the batches of one instance in order, and with them its records in the journal.
//
// Thread safety: by its mutex. Lock order: it before the node's lock and the ledger's.
#pragma once

#include "base/mutex.h"

namespace obs {

struct InstanceOrder {
  // Held from looking whether a batch was applied before until it is applied, counted and in the journal, so
  // that of one that comes on two streams at once one is the duplicate. Batches of one instance wait for each
  // other at their node anyway.
  Mutex mutex;
  // The journal has a record of the instance's state before what is now appended.
  bool is_saved ABSL_GUARDED_BY(mutex) = false;
};

}  // namespace obs
