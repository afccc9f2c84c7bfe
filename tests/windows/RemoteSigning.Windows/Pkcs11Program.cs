using System.Security.Cryptography;
using RemoteSigning.Interop;

namespace RemoteSigning.Windows;

/// <summary>
/// The living C program <c>tests/windows/pkcs11_program.c</c> with the PKCS#11 library: one C_Initialize, one session, handles that it
/// keeps. Signatures are verified by openssl, and once more by the library. Disposing ends it.
/// </summary>
internal sealed class Pkcs11Program : IDisposable
{
    public const string NotLoggedIn = "0x00000101"; // CKR_USER_NOT_LOGGED_IN
    public const string MechanismInvalid = "0x00000070"; // CKR_MECHANISM_INVALID
    public const string SignatureInvalid = "0x000000c0"; // CKR_SIGNATURE_INVALID
    public const string DataInvalid = "0x00000020"; // CKR_DATA_INVALID
    public const string DataLengthRange = "0x00000021"; // CKR_DATA_LEN_RANGE

    // RFC 8017, 9.2, note 1: what stands before a SHA-256 digest in a DigestInfo.
    private static readonly byte[] Sha256Info = Convert.FromHexString("3031300d060960864801650304020105000420");

    private readonly Desktop _desktop;
    private readonly Dialogue _dialogue;
    private readonly List<byte[]> _digests = [];
    private int _texts;

    private Pkcs11Program(Desktop desktop, string folder, Dialogue dialogue)
    {
        _desktop = desktop;
        Folder = folder;
        _dialogue = dialogue;
    }

    /// <summary>Of this run alone.</summary>
    public string Folder { get; }

    /// <summary>What the SAM should have been asked to sign so far.</summary>
    public IReadOnlyList<byte[]> Digests => _digests;

    public static Pkcs11Program Start(Desktop desktop)
    {
        string folder = desktop.NewFolder();
        return new Pkcs11Program(
            desktop, folder, desktop.Prefix.Talk(folder, WinePrefix.TestProgram("pkcs11_program"), WinePrefix.Library("pkcs11")));
    }

    /// <summary>Logs in as the agent's mode wants it: with the PIN, without, or not at all.</summary>
    public Task LogInAsync(CancellationToken cancel) => _desktop.Agent.Mode switch
    {
        CardMode.Agent => Task.CompletedTask,
        CardMode.Pin => _dialogue.DoAsync(cancel, "login", _desktop.Card.Pin),
        _ => _dialogue.DoAsync(cancel, "login"),
    };

    /// <summary>Does one line of the program's language.</summary>
    public Task DoAsync(CancellationToken cancel, params string[] words) => _dialogue.DoAsync(cancel, words);

    /// <summary>Signs a new text, has openssl and the library verify it, and the library refuse it for another text.</summary>
    /// <param name="verb"><c>sign</c>, or <c>multipart</c> for a text in parts.</param>
    /// <param name="mechanism">As pkcs11-tool calls it.</param>
    public async Task SignAsync(CardKey key, string verb, string mechanism, CancellationToken cancel)
    {
        var texts = new SignedTexts(_desktop.Card, key, Folder, mechanism, verb == "multipart" ? 100_000 : 50);
        int n = ++_texts;
        byte[] text = await File.ReadAllBytesAsync(texts.Make(n), cancel);
        string input = await WriteInputAsync($"{n}.input", mechanism, text, cancel);
        string signature = WinePrefix.ToWindows(texts.Signature(n));
        await _dialogue.DoAsync(cancel, verb, key.Label, mechanism, input, signature);
        _digests.Add(Digest(mechanism, text));
        texts.Verify(n);
        await _dialogue.DoAsync(cancel, "verify", key.Label, mechanism, input, signature);
        text[0] ^= 1;
        string other = await WriteInputAsync($"{n}.other", mechanism, text, cancel);
        await _dialogue.ExpectRefusedAsync(SignatureInvalid, cancel, "verify", key.Label, mechanism, other, signature);
    }

    /// <summary>Fails unless the card refuses, for this reason, to sign this input.</summary>
    public async Task ExpectRefusedAsync(string reason, CardKey key, string mechanism, byte[] input, CancellationToken cancel)
    {
        string file = Path.Combine(Folder, $"{++_texts}.refused");
        await File.WriteAllBytesAsync(file, input, cancel);
        string signature = file + ".sig";
        await _dialogue.ExpectRefusedAsync(
            reason, cancel, "sign", key.Label, mechanism, WinePrefix.ToWindows(file), WinePrefix.ToWindows(signature));
        if (File.Exists(signature))
        {
            throw new InteropException($"{mechanism} was refused, and there is a signature.");
        }
    }

    public Task EndAsync(CancellationToken cancel) => _dialogue.EndAsync(cancel);

    public void Dispose() => _dialogue.Dispose();

    private static byte[] Digest(string mechanism, byte[] text) =>
        mechanism.Contains("384", StringComparison.Ordinal) ? SHA384.HashData(text)
        : mechanism.Contains("512", StringComparison.Ordinal) ? SHA512.HashData(text) : SHA256.HashData(text);

    /// <summary>Mechanisms without a hash of their own sign a digest, RSA_PKCS a DigestInfo.</summary>
    private async Task<string> WriteInputAsync(string name, string mechanism, byte[] text, CancellationToken cancel)
    {
        string file = Path.Combine(Folder, name);
        await File.WriteAllBytesAsync(
            file,
            mechanism switch
            {
                "RSA-PKCS" => [.. Sha256Info, .. SHA256.HashData(text)],
                "RSA-PKCS-PSS" or "ECDSA" => SHA256.HashData(text),
                _ => text,
            },
            cancel);
        return WinePrefix.ToWindows(file);
    }
}
