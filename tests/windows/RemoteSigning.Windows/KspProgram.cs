using System.Security.Cryptography;
using RemoteSigning.Interop;

namespace RemoteSigning.Windows;

/// <summary>
/// The living C program <c>tests/windows/ksp_program.c</c> with the key storage provider by its table: one provider handle, and key
/// handles that it keeps. Signatures are verified by openssl, and once more by the provider. Disposing ends it.
/// </summary>
internal sealed class KspProgram : IDisposable
{
    public const string BadSignature = "0x80090006"; // NTE_BAD_SIGNATURE
    public const string BadAlgorithm = "0x80090008"; // NTE_BAD_ALGID
    public const string BadData = "0x80090005"; // NTE_BAD_DATA
    public const string UnknownKey = "0x80090016"; // NTE_BAD_KEYSET

    private readonly Desktop _desktop;
    private readonly Dialogue _dialogue;
    private readonly List<byte[]> _digests = [];
    private int _texts;

    private KspProgram(Desktop desktop, string folder, Dialogue dialogue)
    {
        _desktop = desktop;
        Folder = folder;
        _dialogue = dialogue;
    }

    /// <summary>Of this run alone.</summary>
    public string Folder { get; }

    /// <summary>What the SAM should have been asked to sign so far.</summary>
    public IReadOnlyList<byte[]> Digests => _digests;

    public static KspProgram Start(Desktop desktop)
    {
        string folder = desktop.NewFolder();
        return new KspProgram(desktop, folder, desktop.Prefix.Talk(folder, WinePrefix.TestProgram("ksp_program"), WinePrefix.Library("ksp")));
    }

    /// <summary>The name that the provider gives a key (docs/windows.md).</summary>
    public static string Name(CardKey key) => $"{key.Label} [{key.Id[..8]}]";

    /// <summary>Gives the PIN where the agent's mode wants it.</summary>
    public Task LogInAsync(CardKey key, CancellationToken cancel) => _desktop.Agent.Mode == CardMode.Pin
        ? _dialogue.DoAsync(cancel, "pin", Name(key), _desktop.Card.Pin)
        : Task.CompletedTask;

    /// <summary>Name and algorithm of each key, in the provider's order.</summary>
    public async Task<string[]> KeysAsync(CancellationToken cancel)
    {
        string file = Path.Combine(Folder, "keys.txt");
        await _dialogue.DoAsync(cancel, "keys", WinePrefix.ToWindows(file));
        return await File.ReadAllLinesAsync(file, cancel);
    }

    /// <summary>The public blob as PEM.</summary>
    public async Task<string> ExportAsync(CardKey key, CancellationToken cancel)
    {
        string file = Path.Combine(Folder, "key.blob");
        await _dialogue.DoAsync(cancel, "export", Name(key), WinePrefix.ToWindows(file));
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
        var texts = new SignedTexts(_desktop.Card, key, Folder, mechanism, 50);
        int n = ++_texts;
        byte[] digest = CryptographicOperations.HashData(new HashAlgorithmName(hash), await File.ReadAllBytesAsync(texts.Make(n), cancel));
        string input = await WriteAsync($"{n}.digest", digest, cancel);
        string signature = WinePrefix.ToWindows(texts.Signature(n));
        await _dialogue.DoAsync(cancel, "sign", Name(key), scheme, input, signature);
        _digests.Add(digest);
        texts.Verify(n);
        await _dialogue.DoAsync(cancel, "verify", Name(key), scheme, input, signature);
        byte[] other = [(byte)(digest[0] ^ 1), .. digest[1..]];
        await _dialogue.ExpectRefusedAsync(
            BadSignature, cancel, "verify", Name(key), scheme, await WriteAsync($"{n}.other", other, cancel), signature);
    }

    /// <summary>Fails unless the provider refuses, for this reason, to sign this with the key of this name.</summary>
    public async Task ExpectRefusedAsync(string reason, string name, string scheme, byte[] digest, CancellationToken cancel)
    {
        string signature = Path.Combine(Folder, "refused.sig");
        string input = await WriteAsync("refused.digest", digest, cancel);
        await _dialogue.ExpectRefusedAsync(reason, cancel, "sign", name, scheme, input, WinePrefix.ToWindows(signature));
        if (File.Exists(signature))
        {
            throw new InteropException($"{scheme} with {name} was refused, and there is a signature.");
        }
    }

    public Task EndAsync(CancellationToken cancel) => _dialogue.EndAsync(cancel);

    public void Dispose() => _dialogue.Dispose();

    private async Task<string> WriteAsync(string name, byte[] content, CancellationToken cancel)
    {
        string file = Path.Combine(Folder, name);
        await File.WriteAllBytesAsync(file, content, cancel);
        return WinePrefix.ToWindows(file);
    }
}
