using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RemoteSigning.Cryptoki.Interop;

// CK_ULONG is C's unsigned long: CULong, 8 bytes on 64-bit Linux and 4 on Windows. PKCS#11 packs its
// structures to 1 on Windows only; elsewhere all members below lie at their natural places anyway, so
// Pack = 1 is right on both.

/// <summary>CK_ATTRIBUTE.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal unsafe struct CkAttribute
{
    public CULong Type;
    public void* Value;
    public CULong Length;
}

/// <summary>CK_MECHANISM.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal unsafe struct CkMechanism
{
    public CULong Type;
    public void* Parameter;
    public CULong ParameterLength;
}

/// <summary>CK_RSA_PKCS_PSS_PARAMS.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct CkPssParameters
{
    public CULong Hash;
    public CULong MaskGeneration;
    public CULong SaltLength;
}

/// <summary>CK_SESSION_INFO.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct CkSessionInfo
{
    public CULong Slot;
    public CULong State;
    public CULong Flags;
    public CULong DeviceError;
}

/// <summary>CK_C_INITIALIZE_ARGS.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal unsafe struct CkInitializeArguments
{
    public void* CreateMutex;
    public void* DestroyMutex;
    public void* LockMutex;
    public void* UnlockMutex;
    public CULong Flags;
    public void* Reserved;
}

/// <summary>CK_TOKEN_INFO: the label, then room for the rest, which is not read.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct CkTokenInfo
{
    public TokenLabel Label;
    public TokenDetails Details;
}

/// <summary>CK_TOKEN_INFO.label: UTF-8, padded with blanks.</summary>
[InlineArray(32)]
internal struct TokenLabel
{
    private byte _first;
}

/// <summary>At least the 176 bytes that follow the label on 64-bit Linux.</summary>
[InlineArray(256)]
internal struct TokenDetails
{
    private byte _first;
}
