namespace RemoteSigning.Interop.Programs;

/// <summary><c>openssl ocsp</c> before the responder, <c>openssl verify</c> with its revocation lists.</summary>
internal sealed class OpensslOcsp : ServerProgram
{
    private static readonly ProgramPage Blocks = ProgramPage.Read("certificate-status");

    public override string Name => "openssl-ocsp";

    public override string Page => "certificate-status";

    public override IReadOnlyList<string> Version => ["openssl", "version"];

    public override IEnumerable<ServerCheck> Checks =>
    [
        new("ocsp, good and revoked", "OCSP", GoodAndRevokedAsync),
        new("ocsp, a number that was never given", "OCSP", UnknownAsync),
        new("ocsp, another root", "OCSP", OtherRootAsync),
        new("verify -crl_check, good and revoked", "CRL", ListAsync),
    ];

    private static async Task<string> GoodAndRevokedAsync(Servers servers, CancellationToken cancel)
    {
        string folder = await CertificateStatus.PrepareAsync(servers, cancel);
        Expect(Ask(servers, folder), "certificate.pem: good");
        await servers.RevokeAsync(folder, cancel);
        string answer = Ask(servers, folder);
        Expect(answer, "certificate.pem: revoked");
        Card.Expect(answer, "Reason: superseded");
        return "openssl ocsp: Response verify OK";
    }

    private static async Task<string> UnknownAsync(Servers servers, CancellationToken cancel)
    {
        string folder = await CertificateStatus.PrepareAsync(servers, cancel);
        Expect(Ask(servers, folder, ("-cert certificate.pem", "-serial 0x1234")), "0x1234: unknown");
        return "openssl ocsp: Response verify OK, unknown";
    }

    private static async Task<string> OtherRootAsync(Servers servers, CancellationToken cancel)
    {
        string folder = await CertificateStatus.PrepareAsync(servers, cancel);
        Blocks.Refuses(
            "Response Verify Failure",
            "openssl-ocsp",
            servers,
            folder,
            (CertificateStatus.Responder, servers.Sandbox.Ocsp),
            ("-CAfile root.pem", $"-CAfile '{servers.Sandbox.TlsRoot}'"));
        return "refused: Response Verify Failure";
    }

    private static async Task<string> ListAsync(Servers servers, CancellationToken cancel)
    {
        string folder = await CertificateStatus.PrepareAsync(servers, cancel);
        CertificateStatus.FetchList(servers, folder);
        Card.Expect(Blocks.Run("verify", servers, folder), "certificate.pem: OK");
        await servers.RevokeAsync(folder, cancel);
        CertificateStatus.FetchList(servers, folder);
        Blocks.Refuses("certificate revoked", "verify", servers, folder);
        return "openssl verify: OK, then certificate revoked";
    }

    private static void Expect(string answer, string status)
    {
        Card.Expect(answer, "Response verify OK");
        Card.Expect(answer, status);
    }

    private static string Ask(Servers servers, string folder, params (string Word, string By)[] replacements) =>
        Blocks.Run("openssl-ocsp", servers, folder, [(CertificateStatus.Responder, servers.Sandbox.Ocsp), .. replacements]);
}
