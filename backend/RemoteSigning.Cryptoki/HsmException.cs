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

    public string Function { get; }

    public ulong ReturnValue { get; }
}
