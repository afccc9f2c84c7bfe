using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;

namespace RemoteSigning.Interop;

/// <summary>Texts to sign in one folder, and openssl's verdict on their signatures.</summary>
/// <param name="mechanism">As pkcs11-tool calls it; says the hash, and whether it is PSS.</param>
/// <param name="size">Bytes of each text.</param>
/// <param name="der">Whether ECDSA signatures come as DER, not as the r‖s of PKCS#11.</param>
internal sealed class SignedTexts(Card card, CardKey key, string folder, string mechanism, int size, bool der = false)
{
    private string Hash => mechanism.Contains("384", StringComparison.Ordinal) ? "sha384"
        : mechanism.Contains("512", StringComparison.Ordinal) ? "sha512" : "sha256";

    /// <summary>Writes the n-th text, unlike all others.</summary>
    /// <returns>Path of the file.</returns>
    public string Make(int n)
    {
        File.WriteAllBytes(Text(n), RandomNumberGenerator.GetBytes(size));
        return Text(n);
    }

    /// <summary>Where its signature is to lie.</summary>
    public string Signature(int n) => Path.Combine(folder, $"{n}.sig");

    /// <summary>Fails unless openssl verifies the n-th signature.</summary>
    public void Verify(int n)
    {
        string signature = Signature(n);
        if (!key.IsRsa && !der)
        {
            File.WriteAllBytes(signature + ".der", Der(File.ReadAllBytes(signature)));
            signature += ".der";
        }

        string[] padding = mechanism.Contains("PSS", StringComparison.Ordinal)
            ? ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1"]
            : [];
        card.VerifyWithOpenssl(key, Hash, Text(n), signature, padding);
    }

    private string Text(int n) => Path.Combine(folder, $"{n}.txt");

    private static byte[] Der(byte[] fixedWidth)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (byte[] half in fixedWidth.Chunk(fixedWidth.Length / 2))
            {
                writer.WriteInteger(new BigInteger(half, isUnsigned: true, isBigEndian: true));
            }
        }

        return writer.Encode();
    }
}
