/* Events as NSS waits for them, with which browsers watch their tokens: a real NSS, the module, and
 * an agent that is another process.
 *
 * usage: nss_test MODULE AGENT_PROGRAM
 *        nss_test MODULE -   prints how many certificates NSS finds on the card of the agent at
 *                            REMOTESIGNING_SOCKET, and again after each event, until killed */
#include "agent_process.h"
#include "test.h"

#include <cert.h>
#include <dirent.h>
#include <nss.h>
#include <pk11pub.h>
#include <prthread.h>
#include <pthread.h>
#include <secmod.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static const char *agent_program;
static agent_process agent;
static SECMODModule *module;

static void *wait_for_event(void *slot)
{
    /* Where a module cannot wait NSS polls it at this interval: nothing would come in time. */
    *(PK11SlotInfo **)slot = SECMOD_WaitForAnyTokenEvent(module, 0, PR_SecondsToInterval(10000));
    return NULL;
}

static void check_event_after(void (*change)(void))
{
    PK11SlotInfo *slot = NULL;
    pthread_t waiter;
    REQUIRE(pthread_create(&waiter, NULL, wait_for_event, &slot) == 0);
    change();
    pthread_join(waiter, NULL);
    REQUIRE(slot != NULL);
    CHECK_EQUAL(0, PK11_GetSlotID(slot));
    PK11_FreeSlot(slot);
}

/* NSS may answer from what it knew for a second. */
static void check_present(PRBool expected)
{
    PK11SlotInfo *slot = SECMOD_LookupSlot(module->moduleID, 0);
    REQUIRE(slot != NULL);
    while (PK11_IsPresent(slot) != expected)
        PR_Sleep(PR_MillisecondsToInterval(10)); /* the alarm ends this */
    PK11_FreeSlot(slot);
}

static void raise_generation(void)
{
    CHECK_EQUAL(0, kill(agent.process, SIGHUP));
}

static void stop(void)
{
    agent_process_stop(&agent);
}

static void start_again(void)
{
    agent_process_start(&agent, agent_program);
}

static void nss_sees_the_card_change(void)
{
    check_present(PR_TRUE);
    for (int i = 0; i < 3; i++)
        check_event_after(raise_generation);
    check_present(PR_TRUE);
}

static void nss_sees_the_agent_go_and_come(void)
{
    check_event_after(stop);
    check_present(PR_FALSE);
    check_event_after(start_again);
    check_present(PR_TRUE);
}

static int open_descriptors(void)
{
    int count = 0;
    DIR *all = opendir("/proc/self/fd");
    REQUIRE(all != NULL);
    while (readdir(all) != NULL)
        count++;
    closedir(all);
    return count;
}

/* NSS cancels by C_Finalize, and initializes the module again. */
static void nss_cancels_its_wait(void)
{
    PK11SlotInfo *slot = NULL;
    pthread_t waiter;
    check_present(PR_TRUE);
    int before = open_descriptors();
    REQUIRE(pthread_create(&waiter, NULL, wait_for_event, &slot) == 0);
    while (open_descriptors() <= before)
        PR_Sleep(PR_MillisecondsToInterval(1)); /* until it waits on its connection */
    CHECK_EQUAL(SECSuccess, SECMOD_CancelWait(module));
    pthread_join(waiter, NULL);
    CHECK(slot == NULL);
    check_present(PR_TRUE);
}

static int count_certificates(PK11SlotInfo *slot)
{
    int count = 0;
    CERTCertList *all = PK11_ListCertsInSlot(slot);
    REQUIRE(all != NULL);
    for (CERTCertListNode *node = CERT_LIST_HEAD(all); !CERT_LIST_END(node, all);
         node = CERT_LIST_NEXT(node))
        count++;
    CERT_DestroyCertList(all);
    return count;
}

static void watch(void)
{
    PK11SlotInfo *slot = SECMOD_LookupSlot(module->moduleID, 0);
    while (slot != NULL) {
        printf("%d\n", PK11_IsPresent(slot) ? count_certificates(slot) : 0);
        fflush(stdout);
        PK11_FreeSlot(slot);
        (void)wait_for_event(&slot);
    }
}

static void load(const char *path)
{
    char parameters[512];
    snprintf(parameters, sizeof parameters, "name=card library=\"%s\"", path);
    REQUIRE(NSS_NoDB_Init(NULL) == SECSuccess);
    module = SECMOD_LoadUserModule(parameters, NULL, PR_FALSE);
    REQUIRE(module != NULL && module->loaded);
}

int main(int count, char **arguments)
{
    if (count != 3)
        return 2;
    alarm(100);
    setenv("REMOTESIGNING_LOG", "/dev/null", 1);
    if (strcmp(arguments[2], "-") == 0) {
        load(arguments[1]);
        watch();
        return 1;
    }
    agent_program = arguments[2];
    agent_process_create(&agent);
    agent_process_start(&agent, agent_program);
    load(arguments[1]);
    RUN(nss_sees_the_card_change);
    RUN(nss_sees_the_agent_go_and_come);
    RUN(nss_cancels_its_wait);
    SECMOD_UnloadUserModule(module);
    SECMOD_DestroyModule(module);
    CHECK_EQUAL(SECSuccess, NSS_Shutdown());
    agent_process_stop(&agent);
    agent_process_destroy(&agent);
    return failed_checks == 0 ? 0 : 1;
}
