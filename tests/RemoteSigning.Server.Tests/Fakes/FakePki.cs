using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Pki;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>A root and an issuing CA in memory behind the PKI's interface.</summary>
internal sealed class FakePki : IAsyncDisposable
{
    private readonly X509Certificate2 _root = MakeAuthority("CN=Fake Root,O=Example", null);
    private readonly X509Certificate2 _issuing;

    public FakePki(TlsIdentity identity)
    {
        _issuing = MakeAuthority("CN=Fake Issuing CA,O=Example", _root);
        Host = new FakeHost(identity, HandleAsync);
    }

    public FakeHost Host { get; }

    public X509Certificate2 Root => _root;

    public X509Certificate2 Issuing => _issuing;

    public List<string> Revoked { get; } = [];

    /// <summary>The requests that were signed by their own keys, with the label they came under.</summary>
    public List<(string Label, CertificateRequest Request)> Requests { get; } = [];

    /// <summary>Refuses the next request at this path.</summary>
    public string? RefuseNext { get; set; }

    /// <summary>Certifies a key of its own in answer to the next request.</summary>
    public bool CertifyAnotherKey { get; set; }

    /// <summary>Issues the next certificate from a CA that nobody knows.</summary>
    public bool IssueFromStranger { get; set; }

    /// <summary>What the time-stamping authority answers to a request.</summary>
    public Func<byte[], byte[]> Stamp { get; set; } = r => FakeTimestamps.Grant(r);

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _root.Dispose();
        _issuing.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        string path = context.Request.Path;
        if (path == RefuseNext)
        {
            RefuseNext = null;
            await FakeHost.RefuseAsync(context, 400, Problem.InvalidRequest, ProblemCodes.Malformed);
            return;
        }

        switch ($"{context.Request.Method} {path}")
        {
            case "GET /.well-known/est/cacerts":
                await WriteAsync(context, _issuing, _root);
                break;
            case "POST /.well-known/est/signature/simpleenroll" or "POST /.well-known/est/authentication/simpleenroll":
                using (X509Certificate2 certificate = await EnrollAsync(context, path.Split('/')[3]))
                {
                    await WriteAsync(context, certificate);
                }

                break;
            case "POST /pki/v1/revocations":
                await RevokeAsync(context);
                break;
            case "POST /tsa":
                await StampAsync(context);
                break;
            default:
                await FakeHost.RefuseAsync(context, 404, Problem.InvalidRequest, ProblemCodes.NotFound);
                break;
        }
    }

    private async Task<X509Certificate2> EnrollAsync(HttpContext context, string label)
    {
        using var reader = new StreamReader(context.Request.Body);
        byte[] der = Convert.FromBase64String(await reader.ReadToEndAsync(context.RequestAborted));
        var request = CertificateRequest.LoadSigningRequest(
            der, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        Requests.Add((label, request));
        if (CertifyAnotherKey)
        {
            CertifyAnotherKey = false;
            using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            request = new CertificateRequest(request.SubjectName, new PublicKey(other), HashAlgorithmName.SHA256);
        }

        X509KeyUsageFlags usage = label == "signature" ? X509KeyUsageFlags.NonRepudiation : X509KeyUsageFlags.DigitalSignature;
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
        X509Certificate2 issuer = IssueFromStranger ? MakeAuthority(_issuing.Subject, null) : _issuing;
        IssueFromStranger = false;
        using ECDsa key = issuer.GetECDsaPrivateKey()!;
        DateTimeOffset now = DateTimeOffset.UtcNow; // A world's clock stands still since its start, which may be long ago.
        return request.Create(
            issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now.AddHours(-12), now.AddDays(365), Serial());
    }

    private async Task RevokeAsync(HttpContext context)
    {
        RevocationRequest request = await FakeHost.ReadAsync(context, PkiJson.Default.RevocationRequest);
        if (Revoked.Contains(request.SerialNumber))
        {
            await FakeHost.RefuseAsync(context, 409, Problem.InvalidRequest, ProblemCodes.Conflict);
            return;
        }

        Revoked.Add(request.SerialNumber);
        context.Response.StatusCode = 204;
    }

    private async Task StampAsync(HttpContext context)
    {
        using var request = new MemoryStream();
        await context.Request.Body.CopyToAsync(request, context.RequestAborted);
        bool isQuery = context.Request.ContentType == "application/timestamp-query";
        context.Response.ContentType = "application/timestamp-reply";
        context.Response.StatusCode = isQuery ? 200 : 415;
        await context.Response.Body.WriteAsync(isQuery ? Stamp(request.ToArray()) : [], context.RequestAborted);
    }

    private static Task WriteAsync(HttpContext context, params X509Certificate2[] certificates)
    {
        byte[] der = new X509Certificate2Collection(certificates).Export(X509ContentType.Pkcs7)!;
        context.Response.ContentType = "application/pkcs7-mime";
        return context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(Convert.ToBase64String(der, Base64FormattingOptions.InsertLineBreaks))).AsTask();
    }

    private static byte[] Serial()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        serial[0] |= 0x01;
        return serial;
    }

    private static X509Certificate2 MakeAuthority(string name, X509Certificate2? issuer)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        if (issuer is null)
        {
            return request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        }

        using X509Certificate2 certificate = request.Create(issuer, now.AddDays(-1), now.AddYears(9), Serial());
        return certificate.CopyWithPrivateKey(key);
    }
}
