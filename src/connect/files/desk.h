/// Inside files/: the desk of a running server, as handlers see it.
#pragma once
#include "connect/files/import.h"

namespace koi::connect::files {

class OpenDesk : public Desk {
 public:
  /// Nothing while no desk is open for this store.
  static OpenDesk* of(Db& db);
  /// Runs work on the desk's file thread (writing uploads, reading heads). unavailable "connect.desk_busy".
  virtual Result<> post(std::function<void()> work) = 0;
  /// Wakes the thread that runs jobs: one waits.
  virtual void take_up(ImportId import) = 0;
  /// Rows a second of the job under way; 0 for others.
  virtual double rate(ImportId import) = 0;
  virtual std::string upload_path(ImportId import) = 0;
};

}  // namespace koi::connect::files
