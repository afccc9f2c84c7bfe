namespace RemoteSigning.Interop.Programs;

/// <summary>GnuTLS' ocsptool before the responder.</summary>
internal sealed class Ocsptool : ServerProgram
{
    private const string Verified = "Verifying OCSP Response: Success.";

    private static readonly ProgramPage Blocks = ProgramPage.Read("certificate-status");

    public override string Name => "ocsptool";

    public override string Page => "certificate-status";

    public override IReadOnlyList<string> Version => ["dpkg-query", "-W", "-f=GnuTLS ${Version}", "gnutls-bin"];

    public override IEnumerable<ServerCheck> Checks =>
    [
        new("--ask, good and revoked", "OCSP", GoodAndRevokedAsync),
        new("--ask, a certificate that the CA did not issue", "OCSP", UnknownAsync),
        new("--ask, another issuer to trust", "OCSP", OtherIssuerAsync),
    ];

    /// <summary>Finds the responder by the address in the certificate.</summary>
    private static async Task<string> GoodAndRevokedAsync(Servers servers, CancellationToken cancel)
    {
        string folder = await CertificateStatus.PrepareAsync(servers, cancel);
        Expect(Blocks.Run("ocsptool", servers, folder), "good");
        await servers.RevokeAsync(folder, cancel);
        Expect(Blocks.Run("ocsptool", servers, folder), "revoked");
        return "ocsptool: " + Verified;
    }

    private static async Task<string> UnknownAsync(Servers servers, CancellationToken cancel)
    {
        string folder = await CertificateStatus.PrepareAsync(servers, cancel);
        Forge(servers, folder);
        Expect(
            Blocks.Run("ocsptool", servers, folder, ("--ask", $"--ask={servers.Sandbox.Ocsp}"), ("certificate.pem", "forged.pem")), "unknown");
        return $"ocsptool: {Verified}, unknown";
    }

    private static async Task<string> OtherIssuerAsync(Servers servers, CancellationToken cancel)
    {
        string folder = await CertificateStatus.PrepareAsync(servers, cancel);
        Forge(servers, folder);
        Blocks.Refuses("Signer cert is not trusted", "ocsptool", servers, folder, ("--load-trust issuing.pem", "--load-trust forger.pem"));
        return "refused: Signer cert is not trusted";
    }

    private static void Expect(string answer, string status)
    {
        Card.Expect(answer, "Certificate Status: " + status);
        Card.Expect(answer, Verified);
    }

    /// <summary><c>forged.pem</c>, of a CA that calls itself as the issuing one (<c>forger.pem</c>).</summary>
    private static void Forge(Servers servers, string folder) => servers.Run(
        "bash",
        "-c",
        $"""
        cd '{folder}' && set -e
        subject=$(openssl x509 -in issuing.pem -noout -subject -nameopt compat | sed 's/^subject=//')
        openssl req -x509 -newkey rsa:2048 -nodes -keyout forger.key -subj "$subject" -out forger.pem
        openssl req -new -newkey rsa:2048 -nodes -keyout forged.key -subj '/CN=Forged' -out forged.req
        openssl x509 -req -in forged.req -CA forger.pem -CAkey forger.key -set_serial 0x1234 -out forged.pem
        """);
}
