using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RemoteSigning.Cryptoki;

/// <summary>A PKCS#11 call failed. <see cref="ReturnValue"/> is its CK_RV.</summary>
public sealed class HsmException : Exception
{
    public HsmException(string function, ulong returnValue)
        : base($"{function} failed with CKR 0x{returnValue:X}.")
    {
        Function = function;
        ReturnValue = returnValue;
    }

    /// <summary>Found out here, by means of a call that itself succeeded or was not made.</summary>
    public HsmException(string message, string function, ulong returnValue, Exception? cause = null)
        : base(message, cause)
    {
        Function = function;
        ReturnValue = returnValue;
    }

    public string Function { get; }

    public ulong ReturnValue { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void ThrowIfFailed(string function, CULong returnValue)
    {
        if (returnValue.Value != 0)
        {
            Throw(function, returnValue.Value);
        }
    }

    private static void Throw(string function, ulong returnValue) => throw new HsmException(function, returnValue);
}
