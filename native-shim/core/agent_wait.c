/* How waits that have no deadline end. */
#include "agent_connection.h"

void rs_agent_end_waits(rs_agent *agent)
{
    rs_lock_take(&agent->lock);
    agent->waits_ended = true;
    /* Their descriptors stay open as long as the lock is held. */
    for (rs_connection *each = agent->connections; each != NULL; each = each->next) {
        if (each->waits)
            rs_pipe_end(&each->pipe);
    }
    rs_change_tell(&agent->ended);
    rs_lock_leave(&agent->lock);
}

bool rs_agent_waits_ended(rs_agent *agent)
{
    rs_lock_take(&agent->lock);
    bool ended = agent->waits_ended;
    rs_lock_leave(&agent->lock);
    return ended;
}

rs_status rs_agent_pause(rs_agent *agent, uint64_t milliseconds)
{
    uint64_t deadline = rs_clock() + milliseconds;
    rs_lock_take(&agent->lock);
    while (!agent->waits_ended && rs_clock() < deadline)
        rs_change_wait_until(&agent->ended, &agent->lock, deadline);
    rs_status status = agent->waits_ended ? RS_NOT_INITIALIZED : RS_OK;
    rs_lock_leave(&agent->lock);
    return status;
}
