#include "find.h"

#include "attribute.h"

#include <stdlib.h>

static rs_status check_template(const CK_ATTRIBUTE *template, CK_ULONG count)
{
    if (template == NULL && count != 0)
        return RS_INVALID_REQUEST;
    for (CK_ULONG i = 0; i < count; i++) {
        if (template[i].pValue == NULL && template[i].ulValueLen != 0)
            return RS_INVALID_REQUEST;
    }
    return RS_OK;
}

static rs_status collect(p11_find *find, const p11_objects *objects, bool logged_in,
                         const CK_ATTRIBUTE *template, CK_ULONG count)
{
    CK_OBJECT_HANDLE *handles = calloc(objects->count + 1, sizeof *handles);
    if (handles == NULL)
        return RS_NO_MEMORY;
    *find = (p11_find){true, handles, 0, 0};
    for (size_t i = 0; i < objects->count; i++) {
        const p11_object *object = &objects->items[i];
        if ((logged_in || !object->is_private) && p11_object_matches(object, template, count))
            handles[find->count++] = object->handle;
    }
    return RS_OK;
}

rs_status p11_find_init(p11_module *module, p11_session *session, const CK_ATTRIBUTE *template,
                        CK_ULONG count)
{
    if (session->find.active)
        return RS_OPERATION_ACTIVE;
    rs_status status = check_template(template, count);
    if (status == RS_OK)
        status = p11_refresh(module, true);
    if (status != RS_OK)
        return status;
    rs_lock_take(&module->lock);
    p11_objects *objects = p11_objects_share(module->objects);
    bool logged_in = p11_is_logged_in(module);
    rs_lock_leave(&module->lock);
    status = collect(&session->find, objects, logged_in, template, count);
    p11_objects_release(objects);
    return status;
}

rs_status p11_find_next(p11_session *session, CK_OBJECT_HANDLE *handles, CK_ULONG at_most,
                        CK_ULONG *count)
{
    p11_find *find = &session->find;
    CK_ULONG given = 0;
    if (!find->active)
        return RS_OPERATION_MISSING;
    if (count == NULL || (handles == NULL && at_most != 0))
        return RS_INVALID_REQUEST;
    while (given < at_most && find->next < find->count)
        handles[given++] = find->handles[find->next++];
    *count = given;
    return RS_OK;
}

rs_status p11_find_final(p11_session *session)
{
    if (!session->find.active)
        return RS_OPERATION_MISSING;
    free(session->find.handles);
    session->find = (p11_find){false, NULL, 0, 0};
    return RS_OK;
}
