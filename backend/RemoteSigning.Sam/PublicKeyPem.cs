using System.Security.Cryptography;

namespace RemoteSigning.Sam;

/// <summary>SubjectPublicKeyInfo as PEM (RFC 7468, section 13).</summary>
internal static class PublicKeyPem
{
    private const string Label = "PUBLIC KEY";

    public static string Encode(ReadOnlySpan<byte> publicKeyInfo) => PemEncoding.WriteString(Label, publicKeyInfo);

    /// <exception cref="CryptographicException">The text is not one public key in PEM.</exception>
    public static byte[] Decode(string pem)
    {
        if (!PemEncoding.TryFind(pem, out PemFields fields) || pem[fields.Label] != Label)
        {
            throw new CryptographicException("The text is not a public key in PEM (BEGIN PUBLIC KEY).");
        }

        return Convert.FromBase64String(pem[fields.Base64Data]);
    }
}
