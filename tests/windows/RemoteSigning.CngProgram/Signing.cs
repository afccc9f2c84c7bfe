using System.Security.Cryptography;
using System.Text;

namespace RemoteSigning.CngProgram;

/// <summary>Signatures with RSACng and ECDsaCng.</summary>
internal static class Signing
{
    private static readonly HashAlgorithmName[] Hashes = [HashAlgorithmName.SHA256, HashAlgorithmName.SHA384, HashAlgorithmName.SHA512];

    public static void Sign(string document, string folder, IReadOnlyList<string> keys)
    {
        byte[] data = File.ReadAllBytes(document);
        for (int n = 0; n < keys.Count; n++)
        {
            using CngKey key = Provider.Open(keys[n]);
            foreach (HashAlgorithmName hash in Hashes)
            {
                foreach ((string scheme, byte[] signature) in Sign(key, data, hash))
                {
                    File.WriteAllBytes(Path.Combine(folder, $"{n}-{scheme}-{hash.Name}.sig"), signature);
                }
            }

            File.WriteAllText(Path.Combine(folder, $"{n}.pem"), PublicKey(key));
        }
    }

    public static void SignWithPin(string document, string file, string name, string pin)
    {
        using CngKey key = Provider.Open(name);
        key.SetProperty(new CngProperty("SmartCardPin", Encoding.Unicode.GetBytes(pin + "\0"), CngPropertyOptions.None));
        (_, byte[] signature) = Sign(key, File.ReadAllBytes(document), HashAlgorithmName.SHA256).First();
        File.WriteAllBytes(file, signature);
    }

    private static IEnumerable<(string Scheme, byte[] Signature)> Sign(CngKey key, byte[] data, HashAlgorithmName hash)
    {
        if (key.AlgorithmGroup == CngAlgorithmGroup.Rsa)
        {
            using var rsa = new RSACng(key);
            yield return ("pkcs1", rsa.SignData(data, hash, RSASignaturePadding.Pkcs1));
            yield return ("pss", rsa.SignData(data, hash, RSASignaturePadding.Pss));
        }
        else
        {
            using var ecdsa = new ECDsaCng(key);
            yield return ("ecdsa", ecdsa.SignData(data, hash, DSASignatureFormat.Rfc3279DerSequence));
        }
    }

    /// <summary>As the provider exports it, in PEM.</summary>
    private static string PublicKey(CngKey key)
    {
        if (key.AlgorithmGroup == CngAlgorithmGroup.Rsa)
        {
            using var rsa = new RSACng(key);
            return rsa.ExportSubjectPublicKeyInfoPem();
        }

        using var ecdsa = new ECDsaCng(key);
        return ecdsa.ExportSubjectPublicKeyInfoPem();
    }
}
