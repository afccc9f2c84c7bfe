namespace RemoteSigning.Interop.Programs;

/// <summary>GnuTLS' certtool with the PKI's revocation lists.</summary>
internal sealed class Certtool : ServerProgram
{
    private static readonly ProgramPage Blocks = ProgramPage.Read("certificate-status");

    public override string Name => "certtool";

    public override string Page => "certificate-status";

    public override IReadOnlyList<string> Version => ["dpkg-query", "-W", "-f=GnuTLS ${Version}", "gnutls-bin"];

    public override IEnumerable<ServerCheck> Checks =>
    [
        new("--verify-crl", "CRL", VerifyListAsync),
        new("--verify --load-crl, good and revoked", "CRL", GoodAndRevokedAsync),
    ];

    private static async Task<string> VerifyListAsync(Servers servers, CancellationToken cancel)
    {
        string folder = await CertificateStatus.PrepareAsync(servers, cancel);
        CertificateStatus.FetchList(servers, folder);
        Card.Expect(Blocks.Run("certtool-crl", servers, folder), "Verification output: Verified.");
        Blocks.Refuses("Not verified", "certtool-crl", servers, folder, ("issuing.pem", "root.pem"));
        return "certtool; refused under another CA";
    }

    private static async Task<string> GoodAndRevokedAsync(Servers servers, CancellationToken cancel)
    {
        string folder = await CertificateStatus.PrepareAsync(servers, cancel);
        CertificateStatus.FetchList(servers, folder);
        Card.Expect(Blocks.Run("certtool", servers, folder), "Chain verification output: Verified.");
        await servers.RevokeAsync(folder, cancel);
        CertificateStatus.FetchList(servers, folder);
        Blocks.Refuses("The certificate chain is revoked", "certtool", servers, folder);
        return "certtool: verified, then revoked";
    }
}
