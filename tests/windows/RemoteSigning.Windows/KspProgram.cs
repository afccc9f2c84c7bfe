using System.Security.Cryptography;
using RemoteSigning.Interop;

namespace RemoteSigning.Windows;

/// <summary>
/// <c>tests/windows/ksp_program.c</c> with the key storage provider by its table: one provider handle, and key handles that it keeps.
/// </summary>
internal sealed class KspProgram : LibraryProgram
{
    public const string BadSignature = "0x80090006"; // NTE_BAD_SIGNATURE
    public const string BadAlgorithm = "0x80090008"; // NTE_BAD_ALGID
    public const string BadData = "0x80090005"; // NTE_BAD_DATA
    public const string UnknownKey = "0x80090016"; // NTE_BAD_KEYSET

    private KspProgram(Desktop desktop)
        : base(desktop, "ksp_program", "ksp")
    {
    }

    public static KspProgram Start(Desktop desktop) => new(desktop);

    /// <summary>The name that the provider gives a key (docs/windows.md).</summary>
    public static string Name(CardKey key) => $"{key.Label} [{key.Id[..8]}]";

    /// <summary>Gives the PIN where the agent's mode wants it.</summary>
    public Task LogInAsync(CardKey key, CancellationToken cancel) => Desktop.Agent.Mode == CardMode.Pin
        ? Dialogue.DoAsync(cancel, "pin", Name(key), Desktop.Card.Pin)
        : Task.CompletedTask;

    /// <summary>Name and algorithm of each key, in the provider's order.</summary>
    public async Task<string[]> KeysAsync(CancellationToken cancel)
    {
        string file = Path.Combine(Folder, "keys.txt");
        await Dialogue.DoAsync(cancel, "keys", WinePrefix.ToWindows(file));
        return await File.ReadAllLinesAsync(file, cancel);
    }

    /// <summary>The public blob as PEM.</summary>
    public async Task<string> ExportAsync(CardKey key, CancellationToken cancel)
    {
        string file = Path.Combine(Folder, "key.blob");
        await Dialogue.DoAsync(cancel, "export", Name(key), WinePrefix.ToWindows(file));
        byte[] blob = await File.ReadAllBytesAsync(file, cancel);
        if (key.IsRsa)
        {
            // BCRYPT_RSAKEY_BLOB: six numbers of four bytes, of which the third and fourth are the lengths; exponent; modulus.
            int exponent = BitConverter.ToInt32(blob, 8);
            using var rsa = RSA.Create(new RSAParameters { Exponent = blob[24..(24 + exponent)], Modulus = blob[(24 + exponent)..] });
            return rsa.ExportSubjectPublicKeyInfoPem();
        }

        // BCRYPT_ECCKEY_BLOB: magic, length of a coordinate, x, y.
        int size = BitConverter.ToInt32(blob, 4);
        using var ec = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = blob[8..(8 + size)], Y = blob[(8 + size)..] },
        });
        return ec.ExportSubjectPublicKeyInfoPem();
    }

    /// <summary>Signs the digest of a new text, has openssl and the provider verify it, and the provider refuse it for another digest.</summary>
    /// <param name="scheme"><c>pkcs1</c>, <c>pss</c> or <c>ecdsa</c>.</param>
    /// <param name="hash">SHA256, SHA384 or SHA512.</param>
    public async Task SignAsync(CardKey key, string scheme, string hash, CancellationToken cancel)
    {
        string mechanism = scheme switch { "pkcs1" => $"{hash}-RSA-PKCS", "pss" => $"{hash}-RSA-PKCS-PSS", _ => $"ECDSA-{hash}" };
        var texts = new SignedTexts(Desktop.Card, key, Folder, mechanism, 50);
        int n = NextText();
        byte[] digest = CryptographicOperations.HashData(new HashAlgorithmName(hash), await File.ReadAllBytesAsync(texts.Make(n), cancel));
        string input = await WriteAsync($"{n}.digest", digest, cancel);
        string signature = WinePrefix.ToWindows(texts.Signature(n));
        await Dialogue.DoAsync(cancel, "sign", Name(key), scheme, input, signature);
        AddDigest(digest);
        texts.Verify(n);
        await Dialogue.DoAsync(cancel, "verify", Name(key), scheme, input, signature);
        byte[] other = [(byte)(digest[0] ^ 1), .. digest[1..]];
        await Dialogue.ExpectRefusedAsync(
            BadSignature, cancel, "verify", Name(key), scheme, await WriteAsync($"{n}.other", other, cancel), signature);
    }

    /// <summary>Fails unless the provider refuses, for this reason, to sign this with the key of this name.</summary>
    public Task ExpectRefusedAsync(string reason, string name, string scheme, byte[] digest, CancellationToken cancel) =>
        ExpectSignRefusedAsync(reason, name, scheme, digest, cancel);
}
