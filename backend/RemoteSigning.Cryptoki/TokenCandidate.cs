using System.Security.Cryptography;
using RemoteSigning.Cryptoki.Interop;

namespace RemoteSigning.Cryptoki;

/// <summary>One of the tokens that hold the keys.</summary>
internal sealed class TokenCandidate(string label, string pinFile)
{
    public string Label { get; } = label;

    /// <summary>What C_Login said when it refused the PIN; 0 when it did not. A refused PIN is never tried again.</summary>
    public uint RefusedPin { get; set; }

    /// <summary>Logs in with the PIN of the file, which is wiped from memory after it.</summary>
    /// <param name="userType">CK_USER_TYPE.</param>
    /// <exception cref="HsmException">The PIN was refused, or the token failed.</exception>
    public void Login(Session session, uint userType)
    {
        Span<byte> pin = stackalloc byte[PinFile.MaxLength];
        nuint result;
        try
        {
            int length = PinFile.Read(pinFile, pin);
            result = session.Login(userType, pin[..length]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pin);
        }

        if (result is >= Ckr.PinIncorrect and <= Ckr.PinLocked)
        {
            RefusedPin = (uint)result;
        }

        // Already logged in: by an earlier user of the module in this process.
        if (result is not (Ckr.Ok or Ckr.UserAlreadyLoggedIn))
        {
            throw new HsmException("C_Login", result);
        }
    }
}
