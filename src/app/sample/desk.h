/// What somebody at the merchant has looked at often enough to keep: charts and a dashboard, the house's own.
#pragma once
#include "store/store.h"

namespace koi::app {

Result<> save_charts(Tx& tx);

}  // namespace koi::app
