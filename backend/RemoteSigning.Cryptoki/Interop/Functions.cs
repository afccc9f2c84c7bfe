using System.Runtime.InteropServices;

namespace RemoteSigning.Cryptoki.Interop;

/// <summary>
/// The entries of CK_FUNCTION_LIST (PKCS#11 v2.40, section 5) that are called here. The list is a version
/// of two bytes and then one pointer for each function in the order of the standard; on Windows the
/// pointers follow the version at once (packed to 1), elsewhere at the next pointer boundary.
/// </summary>
internal sealed unsafe class Functions
{
    public readonly delegate* unmanaged[Cdecl]<CkInitializeArguments*, CULong> Initialize;
    public readonly delegate* unmanaged[Cdecl]<void*, CULong> FinalizeModule;
    public readonly delegate* unmanaged[Cdecl]<byte, CULong*, CULong*, CULong> GetSlotList;
    public readonly delegate* unmanaged[Cdecl]<CULong, CkTokenInfo*, CULong> GetTokenInfo;
    public readonly delegate* unmanaged[Cdecl]<CULong, CULong, void*, void*, CULong*, CULong> OpenSession;
    public readonly delegate* unmanaged[Cdecl]<CULong, CULong> CloseSession;
    public readonly delegate* unmanaged[Cdecl]<CULong, CULong> CloseAllSessions;
    public readonly delegate* unmanaged[Cdecl]<CULong, CkSessionInfo*, CULong> GetSessionInfo;
    public readonly delegate* unmanaged[Cdecl]<CULong, CULong, byte*, CULong, CULong> Login;
    public readonly delegate* unmanaged[Cdecl]<CULong, CULong> Logout;
    public readonly delegate* unmanaged[Cdecl]<CULong, CkAttribute*, CULong, CULong*, CULong> CreateObject;
    public readonly delegate* unmanaged[Cdecl]<CULong, CULong, CULong> DestroyObject;
    public readonly delegate* unmanaged[Cdecl]<CULong, CULong, CkAttribute*, CULong, CULong> GetAttributeValue;
    public readonly delegate* unmanaged[Cdecl]<CULong, CkAttribute*, CULong, CULong> FindObjectsInit;
    public readonly delegate* unmanaged[Cdecl]<CULong, CULong*, CULong, CULong*, CULong> FindObjects;
    public readonly delegate* unmanaged[Cdecl]<CULong, CULong> FindObjectsFinal;
    public readonly delegate* unmanaged[Cdecl]<CULong, CkMechanism*, CULong, CULong> SignInit;
    public readonly delegate* unmanaged[Cdecl]<CULong, byte*, CULong, byte*, CULong*, CULong> Sign;
    public readonly delegate* unmanaged[Cdecl]<CULong, CkMechanism*, CkAttribute*, CULong, CULong*, CULong> GenerateKey;
    public readonly delegate* unmanaged[Cdecl]<
        CULong, CkMechanism*, CkAttribute*, CULong, CkAttribute*, CULong, CULong*, CULong*, CULong> GenerateKeyPair;

    public readonly delegate* unmanaged[Cdecl]<CULong, CkMechanism*, CULong, CULong, byte*, CULong*, CULong> WrapKey;
    public readonly delegate* unmanaged[Cdecl]<
        CULong, CkMechanism*, CULong, byte*, CULong, CkAttribute*, CULong, CULong*, CULong> UnwrapKey;

    public Functions(nint library)
    {
        var getFunctionList = (delegate* unmanaged[Cdecl]<byte**, CULong>)NativeLibrary.GetExport(library, "C_GetFunctionList");
        byte* list;
        HsmException.ThrowIfFailed("C_GetFunctionList", getFunctionList(&list));
        void** entries = (void**)(list + (OperatingSystem.IsWindows() ? 2 : sizeof(void*)));
        Initialize = (delegate* unmanaged[Cdecl]<CkInitializeArguments*, CULong>)entries[0];
        FinalizeModule = (delegate* unmanaged[Cdecl]<void*, CULong>)entries[1];
        GetSlotList = (delegate* unmanaged[Cdecl]<byte, CULong*, CULong*, CULong>)entries[4];
        GetTokenInfo = (delegate* unmanaged[Cdecl]<CULong, CkTokenInfo*, CULong>)entries[6];
        OpenSession = (delegate* unmanaged[Cdecl]<CULong, CULong, void*, void*, CULong*, CULong>)entries[12];
        CloseSession = (delegate* unmanaged[Cdecl]<CULong, CULong>)entries[13];
        CloseAllSessions = (delegate* unmanaged[Cdecl]<CULong, CULong>)entries[14];
        GetSessionInfo = (delegate* unmanaged[Cdecl]<CULong, CkSessionInfo*, CULong>)entries[15];
        Login = (delegate* unmanaged[Cdecl]<CULong, CULong, byte*, CULong, CULong>)entries[18];
        Logout = (delegate* unmanaged[Cdecl]<CULong, CULong>)entries[19];
        CreateObject = (delegate* unmanaged[Cdecl]<CULong, CkAttribute*, CULong, CULong*, CULong>)entries[20];
        DestroyObject = (delegate* unmanaged[Cdecl]<CULong, CULong, CULong>)entries[22];
        GetAttributeValue = (delegate* unmanaged[Cdecl]<CULong, CULong, CkAttribute*, CULong, CULong>)entries[24];
        FindObjectsInit = (delegate* unmanaged[Cdecl]<CULong, CkAttribute*, CULong, CULong>)entries[26];
        FindObjects = (delegate* unmanaged[Cdecl]<CULong, CULong*, CULong, CULong*, CULong>)entries[27];
        FindObjectsFinal = (delegate* unmanaged[Cdecl]<CULong, CULong>)entries[28];
        SignInit = (delegate* unmanaged[Cdecl]<CULong, CkMechanism*, CULong, CULong>)entries[42];
        Sign = (delegate* unmanaged[Cdecl]<CULong, byte*, CULong, byte*, CULong*, CULong>)entries[43];
        GenerateKey = (delegate* unmanaged[Cdecl]<CULong, CkMechanism*, CkAttribute*, CULong, CULong*, CULong>)entries[58];
        GenerateKeyPair = (delegate* unmanaged[Cdecl]<
            CULong, CkMechanism*, CkAttribute*, CULong, CkAttribute*, CULong, CULong*, CULong*, CULong>)entries[59];
        WrapKey = (delegate* unmanaged[Cdecl]<CULong, CkMechanism*, CULong, CULong, byte*, CULong*, CULong>)entries[60];
        UnwrapKey = (delegate* unmanaged[Cdecl]<
            CULong, CkMechanism*, CULong, byte*, CULong, CkAttribute*, CULong, CULong*, CULong>)entries[61];
    }
}
