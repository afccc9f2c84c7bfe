using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Interop;

namespace RemoteSigning.Windows.Checks;

/// <summary>Many processes sign at the same moment, half of them through each library; every one gets its own signature.</summary>
internal sealed class Crowd() : WindowsCheck($"{Programs} programs sign at once through both libraries")
{
    private const int Programs = 200;

    public override async Task RunAsync(Desktop desktop, CancellationToken cancel)
    {
        SamWatch sam = desktop.WatchSam();
        string folder = desktop.NewFolder();
        CardKey key = desktop.Card.Key("RSA-2048");
        _ = desktop.Prefix.Run(
            WinePrefix.TestProgram("crowd_program"),
            [Programs.ToString(CultureInfo.InvariantCulture), WinePrefix.Library("pkcs11"), WinePrefix.Library("ksp"), key.Label, WinePrefix.ToWindows(folder)]);
        byte[][] digests = [.. Enumerable.Range(0, Programs).Select(Digest)];
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(key.Certificate);
        using RSA rsa = certificate.GetRSAPublicKey() ?? throw new InteropException($"{key.Label} is no RSA key.");
        for (int i = 0; i < Programs; i++)
        {
            byte[] signature = await File.ReadAllBytesAsync(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{i}.sig")), cancel);
            if (!rsa.VerifyHash(digests[i], signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))
            {
                throw new InteropException($"What program {i} got is no signature of its digest.");
            }
        }

        // A program whose answer was lost asks again, so a digest may be there twice.
        if (!digests.Select(Convert.ToHexStringLower).ToHashSet().SetEquals(sam.Digests))
        {
            throw new InteropException("The SAM signed other digests than those of the programs.");
        }
    }

    /// <summary>As crowd_program.c makes it.</summary>
    private static byte[] Digest(int program)
    {
        byte[] digest = [.. Enumerable.Repeat((byte)0x5a, 32)];
        BinaryPrimitives.WriteInt32LittleEndian(digest, program);
        return digest;
    }
}
