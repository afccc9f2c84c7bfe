/* Looking at the card: asking the agent for it, and what is believed of the answers. */
#include "module.h"
#include "pipe.h"

/* What was known when the agent was asked. */
typedef struct look {
    uint64_t asked_at;
    uint64_t known;
    rs_login_mode mode;
    unsigned logins;
    unsigned looks;
} look;

static look begin_look(p11_module *module)
{
    look begun = {.asked_at = rs_clock()};
    rs_lock_take(&module->lock);
    begun.known = module->objects != NULL ? module->objects->card->generation : 0;
    begun.mode = module->mode;
    begun.logins = module->logins;
    begun.looks = module->looks;
    rs_lock_leave(&module->lock);
    return begun;
}

static rs_status ask(p11_module *module, const look *begun, rs_listing *listing)
{
    rs_status status = rs_agent_list(module->agent, begun->known, listing);
    /* Which objects are private depends on the mode, which may change alone. */
    if (status == RS_OK && listing->card == NULL && listing->mode != begun->mode)
        status = rs_agent_list(module->agent, 0, listing);
    return status;
}

/* With the module's lock held, as what follows. The card's objects under handles: those that were
 * there before keep theirs. */
static rs_status install(p11_module *module, rs_card *card)
{
    p11_objects *objects = NULL;
    rs_status status = p11_objects_create(card, module->objects, &objects);
    if (status == RS_OK) {
        p11_objects_release(module->objects);
        module->objects = objects;
    }
    return status;
}

/* Was the agent's answer to another thread a later one than this? */
static bool is_overtaken(const p11_module *module, const look *begun, const rs_listing *listing)
{
    return module->looks != begun->looks && listing->generation < module->generation;
}

static void record_listing(p11_module *module, const look *begun, const rs_listing *listing)
{
    module->looks++;
    module->generation = listing->generation;
    module->present = (listing->state & RS_STATE_SIGNED_IN) != 0;
    module->mode = listing->mode;
    module->listed_at = begun->asked_at;
}

static void record_failure(p11_module *module)
{
    module->present = false;
    module->listed_at = 0;
}

static void end_look(p11_module *module, const look *begun, uint8_t state)
{
    if (module->logins == begun->logins && module->logouts == 0)
        module->state = state;
    module->claimed = module->claimed && module->present;
    if (!module->looked)
        module->reported = module->present ? module->generation : 0;
    module->looked = true;
}

rs_status p11_look(p11_module *module, uint64_t *generation)
{
    rs_listing listing = {NULL, 0, 0, RS_LOGIN_PROTECTED};
    look begun = begin_look(module);
    rs_status status = ask(module, &begun, &listing);
    rs_lock_take(&module->lock);
    if (status == RS_OK && is_overtaken(module, &begun, &listing)) {
        module->listed_at = 0; /* the next look-up asks which of the two it is */
    } else {
        if (status == RS_OK && listing.card != NULL && (listing.state & RS_STATE_SIGNED_IN) != 0)
            status = install(module, listing.card);
        if (status == RS_OK)
            record_listing(module, &begun, &listing);
        else
            record_failure(module);
        end_look(module, &begun, status == RS_OK ? listing.state : 0);
    }
    bool present = module->present;
    *generation = status == RS_OK ? module->generation : 0;
    rs_lock_leave(&module->lock);
    rs_card_release(listing.card);
    if (status != RS_OK)
        return status;
    return present ? RS_OK : RS_AGENT_UNAVAILABLE;
}

rs_status p11_refresh(p11_module *module, bool look_up)
{
    uint64_t generation = 0;
    rs_lock_take(&module->lock);
    bool fresh = module->listed_at != 0 && rs_clock() - module->listed_at < P11_FRESH_MS;
    bool present = module->present;
    rs_lock_leave(&module->lock);
    if (look_up && fresh && rs_agent_is_connected(module->agent))
        return present ? RS_OK : RS_AGENT_UNAVAILABLE;
    return p11_look(module, &generation);
}

void p11_distrust_listing(p11_module *module)
{
    rs_lock_take(&module->lock);
    module->listed_at = 0;
    rs_lock_leave(&module->lock);
}
