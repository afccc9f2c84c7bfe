#include "card.h"

#include <stdlib.h>

rs_card *rs_card_share(rs_card *card)
{
    if (card != NULL)
        atomic_fetch_add(&card->references, 1);
    return card;
}

void rs_card_release(rs_card *card)
{
    if (card == NULL || atomic_fetch_sub(&card->references, 1) != 1)
        return;
    free(card->credentials);
    free(card->storage);
    free(card);
}

size_t rs_credential_signature_length(const rs_credential *credential)
{
    size_t bytes = ((size_t)credential->key_bits + 7) / 8;
    return credential->key_type == RS_KEY_RSA ? bytes : 2 * bytes;
}
