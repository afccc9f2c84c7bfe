namespace RemoteSigning.Interop.Programs;

/// <summary>A browser that signs in to servers with a certificate on the card.</summary>
internal abstract class BrowserProgram : CardProgram
{
    protected const string Use = "TLS client certificate, TLS 1.3 and 1.2";

    private static readonly string[] Keys = ["RSA-2048", "RSA-4096", "P-256", "P-384"];

    public override IEnumerable<Check> Checks => ForKeys(Use, CardMode.Agent, Keys, VisitAsync);

    /// <summary>Starts the browser with a new profile in the folder that loads the module and trusts <c>web-root.pem</c> beside it.</summary>
    /// <param name="pages">Where it is to show a certificate without asking.</param>
    protected abstract Task<IBrowser> StartAsync(Card card, string folder, IReadOnlyList<string> pages, CancellationToken cancel);

    /// <summary>How this browser signs in TLS 1.2 if the server takes everything.</summary>
    protected abstract string Tls12Scheme(CardKey key);

    /// <summary>RFC 8446, 4.2.3: PSS, and the hash that goes with the curve.</summary>
    protected static string Tls13Scheme(CardKey key) => key.Algorithm switch
    {
        "P-256" => "ecdsa_secp256r1_sha256",
        "P-384" => "ecdsa_secp384r1_sha384",
        _ => "rsa_pss_rsae_sha256",
    };

    /// <summary>Two pages, another in TLS 1.2; after the restart one of each, from servers to which no connection can stand open; all in one process of the browser.</summary>
    protected async Task<Finding> VisitAsync(Card mainCard, CardKey mainKey, CancellationToken cancel)
    {
        Card card = await mainCard.OfOtherSignerAsync(TlsSigners.Email(mainKey.Algorithm), cancel);
        try
        {
            CardKey key = card.Key(mainKey.Algorithm);
            string folder = card.NewFolder();
            using WebServer tls13 = WebServer.Start(card, key, folder, "-tls1_3");
            using WebServer tls12 = WebServer.Start(card, key, folder, "-tls1_2");
            using WebServer later13 = WebServer.Start(card, key, folder, "-tls1_3");
            using WebServer later12 = WebServer.Start(card, key, folder, "-tls1_2");
            using IBrowser browser = await StartAsync(card, folder, [tls13.Page, tls12.Page, later13.Page, later12.Page], cancel);
            await OpenAsync(tls13, 1);
            await OpenAsync(tls13, 2);
            await OpenAsync(tls12, 1);
            await card.RestartAgentAsync(cancel);
            Card.Expect(await OpenAsync(later13, 1), Tls13Scheme(key));
            Card.Expect(await OpenAsync(later12, 1), Tls12Scheme(key));
            int prompts = await browser.CountPromptsAsync(cancel);
            if (prompts != (card.Mode == CardMode.Pin ? 2 : 0))
            {
                throw new InteropException($"The browser asked for the PIN {prompts} times; in mode pin it is once, and again after the restart.");
            }

            return new Finding(Finding.InOneProcess, Finding.SameProcess, WebServer.VerifiedBy);

            async Task<string> OpenAsync(WebServer server, int time)
            {
                await browser.OpenAsync(server.Page, cancel);
                return await server.WaitForPagesAsync(time, cancel);
            }
        }
        finally
        {
            card.StopAgent();
        }
    }
}
