namespace RemoteSigning.Interop.Programs;

/// <summary>What the programs that ask for the status of a certificate have in common.</summary>
internal static class CertificateStatus
{
    /// <summary>The responder's address on the page.</summary>
    public const string Responder = "http://pki.example.com/ocsp";

    private const string List = "http://pki.example.com/crl/issuing.crl";

    /// <summary>A folder with a new certificate.</summary>
    public static async Task<string> PrepareAsync(Servers servers, CancellationToken cancel)
    {
        string folder = await servers.NewFolderAsync(cancel);
        await servers.IssueAsync(folder, cancel);
        return folder;
    }

    public static void FetchList(Servers servers, string folder) =>
        ProgramPage.Read("certificate-status").Run("fetch-crl", servers, folder, (List, servers.Sandbox.Crl));
}
