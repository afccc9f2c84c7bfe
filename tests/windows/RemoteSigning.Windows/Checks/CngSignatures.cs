using System.Security.Cryptography;
using RemoteSigning.Interop;

namespace RemoteSigning.Windows.Checks;

/// <summary>RSACng and ECDsaCng sign in every scheme and with every hash, and export the public key that the certificate has.</summary>
internal sealed class CngSignatures() : WindowsCheck("RSACng and ECDsaCng sign PKCS#1, PSS and ECDSA")
{
    private static readonly string[] Labels = ["RSA-2048", "RSA-4096", "P-256", "P-384"];
    private static readonly string[] Hashes = ["SHA256", "SHA384", "SHA512"];

    public override Task RunAsync(Desktop desktop, CancellationToken cancel)
    {
        var program = CngProgram.Prepare(desktop);
        CardKey[] keys = [.. Labels.Select(desktop.Card.Key)];
        string document = program.NewDocument();
        _ = program.Run(
            ["sign", WinePrefix.ToWindows(document), WinePrefix.ToWindows(program.Folder), .. keys.Select(KspProgram.Name)]);

        var digests = new List<byte[]>();
        for (int n = 0; n < keys.Length; n++)
        {
            Card.Expect(
                File.ReadAllText(keys[n].PublicKey).ReplaceLineEndings("\n"),
                File.ReadAllText(Path.Combine(program.Folder, $"{n}.pem")).ReplaceLineEndings("\n"));
            foreach (string scheme in keys[n].IsRsa ? (string[])["pkcs1", "pss"] : ["ecdsa"])
            {
                foreach (string hash in Hashes)
                {
                    Verify(desktop.Card, keys[n], hash, document, Path.Combine(program.Folder, $"{n}-{scheme}-{hash}.sig"), scheme);
                    digests.Add(CryptographicOperations.HashData(new HashAlgorithmName(hash), File.ReadAllBytes(document)));
                }
            }
        }

        program.ExpectSigned(digests);
        return Task.CompletedTask;
    }

    private static void Verify(Card card, CardKey key, string hash, string document, string signature, string scheme)
    {
        string[] padding = scheme == "pss" ? ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"] : [];
        card.VerifyWithOpenssl(key, hash.ToLowerInvariant(), document, signature, padding);
    }
}
