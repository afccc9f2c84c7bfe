using System.Security.Cryptography;
using System.Text;

namespace RemoteSigning.Server.Enrollment;

/// <summary>
/// What an operator hands to the signer, past the authorization server: 80 random bits, so that guessing over the network is
/// hopeless and nothing has to be counted.
/// </summary>
internal static class EnrollmentCode
{
    /// <summary>Without I, L, O, U, which look like others, or make words.</summary>
    private const string Digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private const int Length = 16;
    private const int Group = 4;

    /// <summary>Four groups of four.</summary>
    public static string New() => string.Join('-', RandomNumberGenerator.GetString(Digits, Length).Chunk(Group).Select(g => new string(g)));

    /// <summary>SHA-256 of the code, however it is grouped and in whichever case it was typed.</summary>
    public static byte[] Digest(string code) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(code.Replace("-", "", StringComparison.Ordinal).Trim().ToUpperInvariant()));
}
