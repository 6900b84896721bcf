/// A WeCom in the box beside the server: what a merchant without any account sees the product work with, end to end.
#pragma once
#include <memory>
#include <string>

#include "app/config.h"
#include "app/local.h"
#include "base/result.h"
#include "simulate/simulate.h"
#include "store/store.h"

namespace koi::app {

class Box {
 public:
  /// Starts the simulator on config.simulator with the merchant's own stores and guides, connects its corp to the store, and says
  /// where its phone is. What lives in the box ends with it: contact ways are made anew at the next start, friends made on its
  /// phone are not known to it any more. Codes of Simulator::start and connect::wecom::put_corp.
  static Result<std::unique_ptr<Box>> open(Db& db, const Config& config, int server_port, const Io& io);

 private:
  explicit Box(std::unique_ptr<simulate::Simulator> simulator) : simulator_(std::move(simulator)) {}
  std::unique_ptr<simulate::Simulator> simulator_;
};

}  // namespace koi::app
