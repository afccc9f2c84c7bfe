using System.Security.Cryptography;
using RemoteSigning.Interop;

namespace RemoteSigning.Windows;

/// <summary>
/// <c>tests/windows/pkcs11_program.c</c> with the PKCS#11 library: one C_Initialize, one session, handles that it keeps.
/// </summary>
internal sealed class Pkcs11Program : LibraryProgram
{
    public const string NotLoggedIn = "0x00000101"; // CKR_USER_NOT_LOGGED_IN
    public const string MechanismInvalid = "0x00000070"; // CKR_MECHANISM_INVALID
    public const string SignatureInvalid = "0x000000c0"; // CKR_SIGNATURE_INVALID
    public const string DataInvalid = "0x00000020"; // CKR_DATA_INVALID
    public const string DataLengthRange = "0x00000021"; // CKR_DATA_LEN_RANGE

    // RFC 8017, 9.2, note 1: what stands before a SHA-256 digest in a DigestInfo.
    private static readonly byte[] Sha256Info = Convert.FromHexString("3031300d060960864801650304020105000420");

    private Pkcs11Program(Desktop desktop)
        : base(desktop, "pkcs11_program", "pkcs11")
    {
    }

    public static Pkcs11Program Start(Desktop desktop) => new(desktop);

    /// <summary>Logs in as the agent's mode wants it: with the PIN, without, or not at all.</summary>
    public Task LogInAsync(CancellationToken cancel) => Desktop.Agent.Mode switch
    {
        CardMode.Agent => Task.CompletedTask,
        CardMode.Pin => Dialogue.DoAsync(cancel, "login", Desktop.Card.Pin),
        _ => Dialogue.DoAsync(cancel, "login"),
    };

    /// <summary>Does one line of the program's language.</summary>
    public Task DoAsync(CancellationToken cancel, params string[] words) => Dialogue.DoAsync(cancel, words);

    /// <summary>Signs a new text, has openssl and the library verify it, and the library refuse it for another text.</summary>
    /// <param name="verb"><c>sign</c>, or <c>multipart</c> for a text in parts.</param>
    /// <param name="mechanism">As pkcs11-tool calls it.</param>
    public async Task SignAsync(CardKey key, string verb, string mechanism, CancellationToken cancel)
    {
        var texts = new SignedTexts(Desktop.Card, key, Folder, mechanism, verb == "multipart" ? 100_000 : 50);
        int n = NextText();
        byte[] text = await File.ReadAllBytesAsync(texts.Make(n), cancel);
        string input = await WriteInputAsync($"{n}.input", mechanism, text, cancel);
        string signature = WinePrefix.ToWindows(texts.Signature(n));
        await Dialogue.DoAsync(cancel, verb, key.Label, mechanism, input, signature);
        AddDigest(Digest(mechanism, text));
        texts.Verify(n);
        await Dialogue.DoAsync(cancel, "verify", key.Label, mechanism, input, signature);
        text[0] ^= 1;
        string other = await WriteInputAsync($"{n}.other", mechanism, text, cancel);
        await Dialogue.ExpectRefusedAsync(SignatureInvalid, cancel, "verify", key.Label, mechanism, other, signature);
    }

    /// <summary>Fails unless the card refuses, for this reason, to sign this input.</summary>
    public Task ExpectRefusedAsync(string reason, CardKey key, string mechanism, byte[] input, CancellationToken cancel) =>
        ExpectSignRefusedAsync(reason, key.Label, mechanism, input, cancel);

    private static byte[] Digest(string mechanism, byte[] text) =>
        mechanism.Contains("384", StringComparison.Ordinal) ? SHA384.HashData(text)
        : mechanism.Contains("512", StringComparison.Ordinal) ? SHA512.HashData(text) : SHA256.HashData(text);

    /// <summary>Mechanisms without a hash of their own sign a digest, RSA_PKCS a DigestInfo.</summary>
    private Task<string> WriteInputAsync(string name, string mechanism, byte[] text, CancellationToken cancel) => WriteAsync(
        name,
        mechanism switch
        {
            "RSA-PKCS" => [.. Sha256Info, .. SHA256.HashData(text)],
            "RSA-PKCS-PSS" or "ECDSA" => SHA256.HashData(text),
            _ => text,
        },
        cancel);
}
