namespace RemoteSigning.Interop;

/// <summary>
/// Checks of a library for programmers, by a living script that makes all signatures within one C_Initialize, keeps its session and its
/// handles, and goes on when the agent is restarted under it.
/// </summary>
/// <param name="start">Starts the script with the PIN it is to use: <c>-</c> leaves it to the agent.</param>
/// <param name="open">A line that comes first of all and logs in too, if the library has such.</param>
/// <param name="der">Whether ECDSA signatures come as DER, not as PKCS#11 has them.</param>
internal sealed class SigningScript(Func<Card, string, string, Dialogue> start, string? open = null, bool der = false)
{
    /// <summary>What PKCS#11 libraries say when a login is missing.</summary>
    public const string NotLoggedIn = "CKR_USER_NOT_LOGGED_IN";

    /// <summary>Signs two texts, restarts the agent, signs a third; openssl verifies.</summary>
    /// <param name="verb"><c>sign</c>, or <c>multipart</c> for 1 MB in parts.</param>
    /// <param name="mechanism">As pkcs11-tool calls it.</param>
    public async Task<Finding> RunAsync(Card card, CardKey key, string verb, string mechanism, CancellationToken cancel)
    {
        string folder = card.NewFolder();
        using Dialogue program = await StartAsync(card, folder, cancel);
        var texts = new SignedTexts(card, key, folder, mechanism, verb == "multipart" ? 1_000_000 : 50, der);

        for (int n = 1; n <= 2; n++)
        {
            await program.DoAsync(cancel, verb, key.Label, mechanism, texts.Make(n), texts.Signature(n));
            texts.Verify(n);
        }

        await RestartAgentAsync(card, program, NotLoggedIn, cancel, verb, key.Label, mechanism, texts.Make(3), texts.Signature(3));
        await program.DoAsync(cancel, verb, key.Label, mechanism, texts.Make(3), texts.Signature(3));
        texts.Verify(3);
        await program.EndAsync(cancel);
        return Found(card, "openssl dgst");
    }

    /// <summary>Starts the script and logs in.</summary>
    public async Task<Dialogue> StartAsync(Card card, string folder, CancellationToken cancel)
    {
        Dialogue program = start(card, folder, card.Mode == CardMode.Pin ? card.Pin : "-");
        try
        {
            if (open is not null || card.Mode != CardMode.Agent)
            {
                await program.DoAsync(cancel, open ?? "login");
            }

            return program;
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    /// <summary>Restarts the agent under the script; where that ends its login, the words have to be refused, and it logs in again.</summary>
    /// <param name="reason">What the refusal has to say.</param>
    public static async Task RestartAgentAsync(Card card, Dialogue program, string reason, CancellationToken cancel, params string[] words)
    {
        await card.RestartAgentAsync(cancel);
        if (card.Mode != CardMode.Agent)
        {
            await program.ExpectRefusedAsync(reason, cancel, words);
            await program.DoAsync(cancel, "login");
        }
    }

    public static Finding Found(Card card, string verifiedBy) => new(
        Finding.InOneProcess, card.Mode == CardMode.Agent ? Finding.SameProcess : Finding.SameProcess + ", after a new login", verifiedBy);
}
