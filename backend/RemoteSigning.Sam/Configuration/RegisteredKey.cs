using System.Formats.Asn1;
using System.Security.Cryptography;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Sam.Configuration;

/// <summary>Which public keys may be registered: RSA of 2,048 bits or more, ECDSA on P-256, P-384, P-521, in their one DER form.</summary>
internal static class RegisteredKey
{
    private const int LeastRsaBits = 2048;
    private const int MostRsaBits = 8192;

    /// <param name="pem">SubjectPublicKeyInfo, PEM.</param>
    /// <param name="who">Whose key, for the message.</param>
    /// <returns>SubjectPublicKeyInfo, DER.</returns>
    /// <exception cref="ConfigurationException">Not such a key, or a weak one.</exception>
    public static byte[] Read(string pem, string who)
    {
        try
        {
            byte[] key = PublicKeyPem.Decode(pem);
            string algorithm = ReadAlgorithm(key);
            byte[] canonical = algorithm switch
            {
                Oids.Rsa => CheckRsa(key, who),
                Oids.EcPublicKey => CheckEcdsa(key, who),
                _ => throw new ConfigurationException($"The {who} has a key of the unknown algorithm {algorithm}."),
            };
            return canonical.AsSpan().SequenceEqual(key)
                ? key
                : throw new ConfigurationException($"The {who} has a public key that is not in its canonical form.");
        }
        catch (Exception e) when (e is CryptographicException or FormatException or AsnContentException)
        {
            throw new ConfigurationException($"The {who} needs a public key in PEM: {e.Message}", cause: e);
        }
    }

    /// <summary>As <see cref="Read"/>, and on P-256: for keys that verify ES256.</summary>
    public static EcdsaVerifier ReadP256(string pem, string who)
    {
        try
        {
            return EcdsaVerifier.FromPublicKeyInfo(Read(pem, who));
        }
        catch (CryptographicException e)
        {
            throw new ConfigurationException($"The {who} needs a P-256 public key in PEM: {e.Message}", cause: e);
        }
    }

    private static string ReadAlgorithm(byte[] key) =>
        new AsnReader(key, AsnEncodingRules.DER).ReadSequence().ReadSequence().ReadObjectIdentifier();

    private static byte[] CheckRsa(byte[] key, string who)
    {
        using RSA rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(key, out _);
        RSAParameters parameters = rsa.ExportParameters(false);
        bool smallExponent = parameters.Exponent is not { Length: >= 3 }; // Set in any public key; 65537 is the least that is in use.
        return rsa.KeySize is < LeastRsaBits or > MostRsaBits || smallExponent
            ? throw new ConfigurationException(
                $"The {who} has a weak key: RSA of {rsa.KeySize} bits; 2048 to 8192 bits and an exponent of 65537 or more are needed.")
            : rsa.ExportSubjectPublicKeyInfo();
    }

    private static byte[] CheckEcdsa(byte[] key, string who)
    {
        using ECDsa ecdsa = ECDsa.Create();
        ecdsa.ImportSubjectPublicKeyInfo(key, out _);
        ECCurve curve = ecdsa.ExportParameters(false).Curve;
        return curve.IsNamed && curve.Oid.Value is (Oids.P256 or Oids.P384 or Oids.P521)
            ? ecdsa.ExportSubjectPublicKeyInfo()
            : throw new ConfigurationException($"The {who} has a weak key: only the curves P-256, P-384 and P-521 are taken.");
    }
}
