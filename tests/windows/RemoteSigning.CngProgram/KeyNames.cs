using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace RemoteSigning.CngProgram;

/// <summary>The names of the provider's keys, which .NET has no class for.</summary>
internal static partial class KeyNames
{
    private const int NoMoreItems = unchecked((int)0x8009002A);

    public static IReadOnlyList<string> Read()
    {
        var names = new List<string>();
        Check(NCryptOpenStorageProvider(out nint provider, Provider.Name, 0));
        nint state = 0;
        int status;
        while ((status = NCryptEnumKeys(provider, null, out nint name, ref state, 0)) == 0)
        {
            names.Add(Marshal.PtrToStringUni(Marshal.ReadIntPtr(name))!); // A key always has a name.
            Check(NCryptFreeBuffer(name));
        }

        if (status != NoMoreItems)
        {
            throw new CryptographicException(status);
        }

        Check(NCryptFreeBuffer(state));
        Check(NCryptFreeObject(provider));
        return names;
    }

    private static void Check(int status)
    {
        if (status != 0)
        {
            throw new CryptographicException(status);
        }
    }

    [LibraryImport("ncrypt.dll", StringMarshalling = StringMarshalling.Utf16)]
    private static partial int NCryptOpenStorageProvider(out nint provider, string name, int flags);

    [LibraryImport("ncrypt.dll", StringMarshalling = StringMarshalling.Utf16)]
    private static partial int NCryptEnumKeys(nint provider, string? scope, out nint name, ref nint state, int flags);

    [LibraryImport("ncrypt.dll")]
    private static partial int NCryptFreeBuffer(nint buffer);

    [LibraryImport("ncrypt.dll")]
    private static partial int NCryptFreeObject(nint handle);
}
