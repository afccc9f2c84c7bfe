/* What the provider is called, and the file it is in: the words of its registration. */
#ifndef KSP_PROVIDER_NAME_H
#define KSP_PROVIDER_NAME_H

#define KSP_NAME L"RemoteSigning Key Storage Provider"
#define KSP_IMAGE L"remotesigning-ksp.dll"

#endif
