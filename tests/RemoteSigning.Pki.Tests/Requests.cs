using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Pki;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Pki.Tests;

/// <summary>Certification requests and calls, as a registration authority makes them.</summary>
internal static class Requests
{
    public const string Email = "signer@example.com";

    public static readonly X500DistinguishedName Subject = new(
        "CN=Sample Signer, G=Sample, SN=Signer", X500DistinguishedNameFlags.None);

    public static CertificateRequest New(RSA key, X500DistinguishedName? subject = null, string? email = Email) =>
        WithEmail(new CertificateRequest(subject ?? Subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), email);

    public static CertificateRequest New(ECDsa key, string? email = Email) =>
        WithEmail(new CertificateRequest(Subject, key, HashAlgorithmName.SHA256), email);

    /// <summary>A good request with a new P-256 key.</summary>
    public static byte[] Good()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return New(key).CreateSigningRequest();
    }

    public static Task<HttpResponseMessage> PostAsync(byte[] request, string profile = "signature", HttpClient? client = null) =>
        PostTextAsync(Convert.ToBase64String(request, Base64FormattingOptions.InsertLineBreaks), $"/{profile}", client);

    /// <param name="label">With its slash; empty for none.</param>
    public static async Task<HttpResponseMessage> PostTextAsync(
        string body, string label = "", HttpClient? client = null, string type = "application/pkcs10")
    {
        using var content = new ByteArrayContent(Encoding.ASCII.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return await (client ?? PkiWorld.Client).PostAsync($"/.well-known/est{label}/simpleenroll", content);
    }

    public static async Task<X509Certificate2> EnrollAsync(byte[] request, string profile = "signature")
    {
        using HttpResponseMessage answer = await PostAsync(request, profile);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.That(answer.IsSuccessStatusCode, Is.True, text);
        return Decode(text).Single();
    }

    /// <summary>The certificates in a certs-only PKCS#7 message, read by openssl.</summary>
    public static X509Certificate2Collection Decode(string base64)
    {
        string pem = Commands.Run(
            "openssl", ["pkcs7", "-print_certs"], input: $"-----BEGIN PKCS7-----\n{base64.Trim()}\n-----END PKCS7-----\n");
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(pem);
        return certificates;
    }

    public static Task<HttpResponseMessage> RevokeAsync(string serialNumber, int reason = 0) => PkiWorld.Client.PostAsJsonAsync(
        "/pki/v1/revocations", new RevocationRequest(serialNumber, reason), PkiJson.Default.RevocationRequest);

    /// <summary>The problem that an answer tells.</summary>
    public static async Task<(int Status, Problem Problem, string Code)> ProblemAsync(HttpResponseMessage answer)
    {
        ProblemDocument? problem = await answer.Content.ReadFromJsonAsync(PkiJson.Default.ProblemDocument);
        return ((int)answer.StatusCode, (Problem)problem!.Problem, problem.Code);
    }

    private static CertificateRequest WithEmail(CertificateRequest request, string? email)
    {
        if (email is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddEmailAddress(email);
            request.CertificateExtensions.Add(names.Build());
        }

        return request;
    }
}
