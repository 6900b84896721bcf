/// Customers who do things by themselves: what `--lively` adds.
#pragma once

namespace koi::simulate {

class World;

/// Starts the hourly turn; it does nothing while World::lively is off. Under World's mutex.
void start_life(World& world);

}  // namespace koi::simulate
