using System.Security.Cryptography;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>Who deals with a node, or with all nodes of a cluster: two authorization servers, an SSA, an operator, a stranger.</summary>
internal sealed class TestParties : IDisposable
{
    public TestParties(string folder)
    {
        Folder = folder;
        Ssa = Authority.IssueClient(folder, "ssa");
        Operator = Authority.IssueClient(folder, "operator");
        Stranger = Authority.IssueClient(folder, "stranger");
        File.WriteAllText(TlsRoot, Authority.RootPem);
    }

    public string Folder { get; }

    public TlsAuthority Authority { get; } = new();

    public string TlsRoot => Path.Combine(Folder, "root.pem");

    public TlsIdentity Ssa { get; }

    public TlsIdentity Operator { get; }

    public TlsIdentity Stranger { get; }

    public ECDsa As1 { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ECDsa As2 { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        Authority.Dispose();
        As1.Dispose();
        As2.Dispose();
    }
}
