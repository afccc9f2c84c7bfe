using System.Text.RegularExpressions;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop.Programs;

/// <summary>OpenSC's pkcs11-tool.</summary>
internal sealed class Pkcs11Tool : CardProgram
{
    private const string SomePin = "--login --pin 12345678";
    private const int LargeFile = 20_000_000;

    private static readonly string[] Rsa = ["RSA-2048", "RSA-4096"];
    private static readonly string[] Ec = ["P-256", "P-384"];
    private static readonly ProgramPage Blocks = ProgramPage.Read("pkcs11-tool");

    public override string Name => "pkcs11-tool";

    public override string Page => "pkcs11-tool";

    public override IReadOnlyList<string> Version => ["dpkg-query", "-W", "-f=OpenSC ${Version}", "opensc"];

    public override IEnumerable<Check> Checks =>
    [
        .. Enum.GetValues<CardMode>().SelectMany(mode => (Check[])
        [
            new("-L -M -O", "RSA-2048", mode, ListAsync),
            .. ForKeys("--sign -m SHA256-RSA-PKCS", mode, Rsa, Sign("sign", "SHA256-RSA-PKCS")),
            .. ForKeys("--sign -m SHA256-RSA-PKCS-PSS", mode, Rsa, Sign("sign", "SHA256-RSA-PKCS-PSS")),
            .. ForKeys("--sign -m RSA-PKCS, a DigestInfo", mode, Rsa, Sign("sign-digest-info", "RSA-PKCS")),
            .. ForKeys("--sign -m RSA-PKCS-PSS, a digest", mode, Rsa, Sign("sign-digest-pss", "RSA-PKCS-PSS")),
            .. ForKeys("--sign -m ECDSA-SHA256", mode, Ec, Sign("sign-ec", "ECDSA-SHA256")),
            .. ForKeys("--sign -m ECDSA, a digest", mode, Ec, Sign("sign-digest-ec", "ECDSA")),
        ]),
        new("--sign, 20 MB in parts", "RSA-2048", CardMode.Pin, Sign("sign", "SHA256-RSA-PKCS", LargeFile)),
        new("--sign, 20 MB in parts", "P-256", CardMode.Pin, Sign("sign-ec", "ECDSA-SHA256", LargeFile)),
        new("--login with a wrong PIN", "RSA-2048", CardMode.Pin, RefuseWrongPinAsync),
        new("--test", "RSA-2048", CardMode.Pin, TestAsync),
    ];

    private static (string Word, string By) Login(Card card) => (SomePin, card.Mode switch
    {
        CardMode.Pin => $"--login --pin {card.Pin}",
        CardMode.Protected => "--login",
        _ => "",
    });

    private static Func<Card, CardKey, CancellationToken, Task<Finding>> Sign(string block, string mechanism, int size = 50) => (card, key, cancel) =>
    {
        string folder = card.NewFolder();
        var texts = new SignedTexts(card, key, folder, mechanism, size, der: true);
        (string, string)[] words = block == "sign" ? [Login(card), ("SHA256-RSA-PKCS", mechanism)] : [Login(card)];
        return OneSignatureARunAsync(
            card,
            "openssl dgst",
            n =>
            {
                File.Copy(texts.Make(n), Path.Combine(folder, "document.txt"), overwrite: true);
                Blocks.Run(block, card, folder, new Dictionary<string, string> { ["ID"] = key.Id }, words);
                File.Move(Path.Combine(folder, "document.sig"), texts.Signature(n));
                texts.Verify(n);
                return Task.CompletedTask;
            },
            cancel);
    };

    /// <summary>Every key of the signer is there, with its public key and its certificate, and the issuers once.</summary>
    private static Task<Finding> ListAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string list = Blocks.Run("list", card, card.NewFolder(), null, Login(card));
        Card.Expect(list, "token label        : Remote Signing\n");
        Card.Expect(list, "  SHA256-RSA-PKCS, keySize={2048,16384}, hw, sign, verify\n");
        Card.Expect(list, "  ECDSA-SHA256, keySize={256,521}, hw, sign, verify, EC F_P, EC OID, EC uncompressed\n");
        string[] labels = [.. card.Sandbox.Signers[0].Credentials.Where(c => c.AuthMode == "explicit").Select(c => c.Label)];
        string[] issuers = ["RemoteSigning Sandbox Issuing CA", "RemoteSigning Sandbox Root CA"];
        foreach ((string kind, string[] expected) in new[] { ("Private Key", labels), ("Public Key", labels), ("Certificate", [.. labels, .. issuers]) })
        {
            string[] listed = [.. Regex.Matches(list, $@"^{kind} Object;.*\n(?: .*\n)*?  label:      (.+)$", RegexOptions.Multiline).Select(m => m.Groups[1].Value)];
            if (!listed.Order(StringComparer.Ordinal).SequenceEqual(expected.Order(StringComparer.Ordinal)))
            {
                throw new InteropException($"-O lists these {kind} objects: {string.Join(", ", listed)}; expected were: {string.Join(", ", expected)}");
            }
        }

        return Task.FromResult(new Finding("–", "–", "every key with its certificate is listed"));
    }

    private static async Task<Finding> RefuseWrongPinAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string folder = card.NewFolder();
        CommandResult refused = Commands.Try(
            "bash", ["-c", $"cd '{folder}'\n{Blocks.Text("sign", card, (SomePin, "--login --pin 00000000"))}"], card.WithCard(new Dictionary<string, string> { ["ID"] = key.Id }));
        if (refused.ExitCode == 0)
        {
            throw new InteropException("A wrong PIN was taken.");
        }

        Card.Expect(refused.Error, "CKR_PIN_INCORRECT");
        await Sign("sign", "SHA256-RSA-PKCS")(card, key, cancel);
        return new Finding("–", "–", "refused; the right PIN then signs");
    }

    /// <summary>It signs with all functions, digests, and then insists on SHA-1.</summary>
    private static Task<Finding> TestAsync(Card card, CardKey key, CancellationToken cancel)
    {
        CommandResult result = Commands.Try("pkcs11-tool", ["--module", card.Module, "--login", "--pin", card.Pin, "--test"], card.WithCard(
            new Dictionary<string, string> { ["REMOTESIGNING_LOG"] = "stderr" }));
        string output = result.Output + result.Error;
        Card.Expect(output, "all 4 digest functions seem to work");
        Card.Expect(output, "all 4 signature functions seem to work");
        Card.Expect(output, "RSA-PKCS: ");
        Card.Expect(output, "the 35 bytes to be signed are not the DigestInfo of a digest that the key may sign"); // SHA-1's has 35.
        Card.Expect(output, "CKR_DATA_INVALID");
        return result.ExitCode == 0
            ? throw new InteropException("--test went through: what its page says is wrong.")
            : Task.FromResult(Finding.NotPossible("it insists on a signature over SHA-1, which the server refuses"));
    }
}
