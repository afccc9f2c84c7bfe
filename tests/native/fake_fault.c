#include "fake_parts.h"

bool fake_deliver(fake_agent *agent, fake_link link, uint16_t verb, rs_bytes answer)
{
    uint8_t byte;
    fake_lock(agent);
    agent->last_answer = answer.length;
    fake_fault fault = agent->script.faults_left != 0 ? agent->script.fault[verb] : FAKE_NO_FAULT;
    if (fault != FAKE_NO_FAULT && agent->script.faults_left > 0)
        agent->script.faults_left--;
    size_t cut = agent->script.cut;
    rs_bytes raw = agent->script.raw;
    if (fault == FAKE_CHANGE)
        answer.length = agent->script.change((uint8_t *)answer.data, answer.length);
    if (fault == FAKE_SILENCE)
        agent->silent++;
    void (*before_byte)(void) = agent->script.before_byte;
    fake_unlock(agent);
    switch (fault) {
    case FAKE_NO_FAULT:
    case FAKE_CHANGE:
        return fake_link_send(link, answer);
    case FAKE_LAST:
        (void)fake_link_send(link, answer);
        return false;
    case FAKE_CLOSE:
        return false;
    case FAKE_CUT:
        answer.length = cut < answer.length ? cut : answer.length;
        (void)fake_link_send(link, answer);
        return false;
    case FAKE_DRIP:
        for (size_t i = 0; i < answer.length; i++) {
            if (before_byte != NULL)
                before_byte();
            if (!fake_link_send(link, (rs_bytes){answer.data + i, 1}))
                return false;
        }
        return true;
    case FAKE_RAW:
        return fake_link_send(link, raw);
    case FAKE_SILENCE:
        (void)fake_link_receive(link, &byte, 1); /* until the other end gives up */
        fake_lock(agent);
        agent->silent--;
        fake_unlock(agent);
        return false;
    }
    return false;
}
