/* Templates of attributes: answering them, and finding objects by them. */
#ifndef P11_ATTRIBUTE_H
#define P11_ATTRIBUTE_H

#include "session.h"

RS_MUST_CHECK rs_status p11_get_attributes(p11_module *module, CK_OBJECT_HANDLE handle,
                                           CK_ATTRIBUTE *template, CK_ULONG count);
RS_MUST_CHECK rs_status p11_object_size(p11_module *module, CK_OBJECT_HANDLE handle,
                                        CK_ULONG *size);
/* Does the object have every attribute of the template, with that value? */
bool p11_object_matches(const p11_object *object, const CK_ATTRIBUTE *template, CK_ULONG count);

#endif
